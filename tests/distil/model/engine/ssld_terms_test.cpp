// SSLD's forms of the loss.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "distil/model/engine/term_fixture.h"
#include "losses/distillation/soft_cross_entropy.h"
#include "losses/distillation/ssld.h"

namespace retort::model {
namespace {

double ssld_value_of(const SsldTerm& options, const at::Tensor& student, const at::Tensor& teacher) {
  LossOptions loss;
  loss.ce.weight = 0;
  loss.ssld = options;
  const auto terms = make_loss_terms(loss, small_network(), &small_network());
  TermInputs inputs;
  inputs.student.logits = student;
  inputs.teacher.logits = teacher;
  return evaluate_loss(terms, inputs, {}).total.item<double>();
}

TEST(SsldTerm, TakesTheFormThatIsAsked) {
  // Probabilities (0.9, 0.1) against (0.1, 0.9): the mean of both divergences is 0.8 log 9.
  const auto student = at::tensor({0.9F, 0.1F}).log().view({1, 2}), teacher = student.flip({1});
  EXPECT_NEAR(ssld_value_of({.weight = 1}, student, teacher), 1.7578, 1e-4);
  EXPECT_NEAR(ssld_value_of({.weight = 1, .form = SsldForm::kl}, student, teacher), 1.7578, 1e-4);
  EXPECT_NEAR(ssld_value_of({.weight = 1, .form = SsldForm::js}, student, teacher),
              losses::jensen_shannon_loss(student, teacher).item<double>(), 1e-6);
  EXPECT_NEAR(ssld_value_of({.weight = 1, .form = SsldForm::ce}, student, teacher),
              losses::soft_cross_entropy(student, at::softmax(teacher, 1)).item<double>(), 1e-6);
}

TEST(SsldTerm, EpsilonBoundsWhatASureStudentCosts) {
  const auto student = at::tensor({100.F, 0.F}).view({1, 2}), teacher = student.flip({1});
  EXPECT_NEAR(ssld_value_of({.weight = 1, .epsilon = 0}, student, teacher), 100, 1e-3);
  EXPECT_LT(ssld_value_of({.weight = 1}, student, teacher), 30);
}

}  // namespace
}  // namespace retort::model
