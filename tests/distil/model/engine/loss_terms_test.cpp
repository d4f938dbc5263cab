#include "distil/model/engine/loss_terms.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "losses/distillation/kd.h"
#include "losses/distillation/sp.h"
#include "nn/cifar_resnet.h"
#include "support/user_error.h"

namespace retort::model {
namespace {

const nn::Network& small_network() {
  static const auto network = nn::cifar_resnet_network("resnet8", {.depth = 8, .classes = 4});
  return network;
}

/// Student and teacher run on the same pictures, with the taps that the terms want.
struct RunBoth {
  nn::Weights student = nn::create_weights(small_network(), RandomTree(1)),
              teacher = nn::create_weights(small_network(), RandomTree(2));
  at::Tensor image = at::sin(at::arange(6 * 3 * 32 * 32, at::kFloat)).view({6, 3, 32, 32});
  nn::Taps student_taps, teacher_taps;
  TermInputs inputs;

  explicit RunBoth(const std::vector<LossTerm>& terms)
      : student_taps(student_taps_of(terms)), teacher_taps(teacher_taps_of(terms)) {
    nn::GivenSource student_source(student), teacher_source(teacher);
    inputs.student = {small_network().forward(nn::Scope(student_source, &student_taps), image), &student_taps};
    inputs.teacher = {small_network().forward(nn::Scope(teacher_source, &teacher_taps), image), &teacher_taps};
    inputs.labels = at::tensor({0, 1, 2, 3, 0, 1}, at::kLong);
  }
};

TEST(LossTerms, AreWeighedAndSummed) {
  LossOptions options;
  options.ce.weight = 0.25;
  options.kd = {.weight = 2, .temperature = 3};
  options.sp.weight = 10;
  const auto terms = make_loss_terms(options, small_network(), &small_network());
  ASSERT_EQ(terms.size(), 3U);
  RunBoth both(terms);
  const auto loss = evaluate_loss(terms, both.inputs);
  const auto& in = both.inputs;
  const auto ce = at::cross_entropy_loss(in.student.logits, in.labels);
  const auto kd = losses::kd_loss(in.student.logits, in.teacher.logits, {.temperature = 3});
  const auto sp = losses::sp_loss(both.student_taps.at("layer3"), both.teacher_taps.at("layer3"));
  EXPECT_NEAR(loss.total.item<double>(), (0.25 * ce + 2 * kd + 10 * sp).item<double>(), 1e-4);
  EXPECT_NEAR(loss.values[1].item<double>(), kd.item<double>(), 1e-6);
}

TEST(LossTerms, EveryTermHasAFiniteValueAndAGradient) {
  LossOptions options;
  options.kd.weight = options.dkd.weight = options.dist.weight = options.at.weight = 1;
  options.sp.weight = options.nst.weight = options.pkt.weight = options.rkd.weight = 1;
  const auto terms = make_loss_terms(options, small_network(), &small_network());
  EXPECT_EQ(terms.size(), 9U);
  RunBoth both(terms);
  for (auto& [name, tensor] : both.student.parameters) tensor.requires_grad_(true);
  for (const auto& term : terms) {
    SCOPED_TRACE(term.name);
    RunBoth fresh(terms);
    for (auto& [name, tensor] : fresh.student.parameters) tensor.requires_grad_(true);
    nn::GivenSource source(fresh.student);
    nn::Taps taps(student_taps_of(terms));
    fresh.inputs.student = {small_network().forward(nn::Scope(source, &taps), fresh.image), &taps};
    const auto value = term.value(fresh.inputs);
    EXPECT_TRUE(at::isfinite(value).item<bool>());
    value.backward();
    EXPECT_GT(fresh.student.parameters.at("conv1.weight").grad().abs().sum().item<double>(), 0);
  }
}

TEST(LossTerms, WarmUpGrowsWithTheEpoch) {
  const LossTerm term{.name = "dkd", .weight = 2, .warm_up_epochs = 20};
  EXPECT_DOUBLE_EQ(term.weight_at(1), 0.1);
  EXPECT_DOUBLE_EQ(term.weight_at(20), 2);
  EXPECT_DOUBLE_EQ(term.weight_at(200), 2);
}

TEST(LossTerms, NetworksOfDifferentStagesAreRefusedByName) {
  LossOptions options;
  options.at.weight = 1;
  auto deeper = small_network();
  deeper.stages.push_back("layer4");
  const auto message = tests::user_error_of([&] { make_loss_terms(options, small_network(), &deeper); });
  EXPECT_EQ(message, "loss.at: the student has 3 stages, the teacher 4; networks of equally many would be right");
}

}  // namespace
}  // namespace retort::model
