// MEAL V2's term: soft labels of the mixture, and a discriminator that sees the mean logits.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "distil/model/engine/term_fixture.h"
#include "losses/distillation/meal_v2.h"
#include "losses/distillation/soft_cross_entropy.h"

namespace retort::model {
namespace {

std::vector<LossTerm> meal_terms(const MealTerm& options) {
  LossOptions loss;
  loss.ce.weight = 0;
  loss.meal_v2 = options;
  return make_loss_terms(loss, small_network(), &small_network());
}

double discriminator_value(const nn::Weights& modules, const at::Tensor& student, const at::Tensor& teacher) {
  nn::GivenSource source(modules);
  const nn::Scope scope(source);
  return losses::discriminator_loss(scope / "meal_v2" / "discriminator", student, teacher, {.least_width = 8})
      .value.item<double>();
}

TEST(MealV2Term, JudgesMeanLogitsBesideTheSoftLabels) {
  const auto terms = meal_terms({.weight = 1, .discriminator_weight = 0.5});
  RunBoth both(terms);
  both.inputs.teacher.mean_logits = both.inputs.teacher.logits.flip({0});
  const auto modules = create_term_modules(terms, both.inputs, RandomTree(4));
  EXPECT_EQ(modules.shape_of("meal_v2.discriminator.conv1.weight"), (std::vector<int64_t>{8, 4, 1, 1}));
  const auto& in = both.inputs;
  const double similarity =
      losses::soft_cross_entropy(in.student.logits, at::softmax(in.teacher.logits, 1)).item<double>();
  const double judged = discriminator_value(modules, in.student.logits, in.teacher.mean_logits);
  EXPECT_NEAR(evaluate_loss(terms, in, modules).total.item<double>(), similarity + 0.5 * judged, 1e-5);
}

TEST(MealV2Term, ASingleTeachersLogitsAreTheirOwnMean) {
  const auto terms = meal_terms({.weight = 1});
  RunBoth both(terms);
  const auto modules = create_term_modules(terms, both.inputs, RandomTree(4));
  const double value = evaluate_loss(terms, both.inputs, modules).total.item<double>();
  both.inputs.teacher.mean_logits = both.inputs.teacher.logits;
  EXPECT_EQ(evaluate_loss(terms, both.inputs, modules).total.item<double>(), value);
}

TEST(MealV2Term, JudgesProbabilitiesWhenAsked) {
  const auto terms = meal_terms({.weight = 1, .judged = JudgedOutputs::probabilities});
  RunBoth both(terms);
  const auto modules = create_term_modules(terms, both.inputs, RandomTree(4));
  const auto student = at::softmax(both.inputs.student.logits, 1), teacher = at::softmax(both.inputs.teacher.logits, 1);
  const double similarity = losses::soft_cross_entropy(both.inputs.student.logits, teacher).item<double>();
  EXPECT_NEAR(evaluate_loss(terms, both.inputs, modules).total.item<double>(),
              similarity + discriminator_value(modules, student, teacher), 1e-5);
}

TEST(MealV2Term, HasNoModulesWithoutTheDiscriminator) {
  const auto terms = meal_terms({.weight = 1, .discriminator_weight = 0});
  RunBoth both(terms);
  EXPECT_TRUE(create_term_modules(terms, both.inputs, RandomTree(4)).parameters.empty());
}

TEST(SoftLabelTerm, SoftensTheStudentAlone) {
  LossOptions loss;
  loss.ce.weight = 0;
  loss.soft_labels = {.weight = 1, .temperature = 2};
  const auto terms = make_loss_terms(loss, small_network(), &small_network());
  RunBoth both(terms);
  const auto& in = both.inputs;
  const auto want = losses::soft_cross_entropy(in.student.logits / 2, at::softmax(in.teacher.logits, 1));
  EXPECT_NEAR(evaluate_loss(terms, in, {}).total.item<double>(), want.item<double>(), 1e-6);
}

}  // namespace
}  // namespace retort::model
