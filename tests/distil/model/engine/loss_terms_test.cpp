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
  const auto loss = evaluate_loss(terms, both.inputs, {});
  const auto& in = both.inputs;
  const auto ce = at::cross_entropy_loss(in.student.logits, in.labels);
  const auto kd = losses::kd_loss(in.student.logits, in.teacher.logits, {.temperature = 3});
  const auto sp = losses::sp_loss(both.student_taps.at("layer3"), both.teacher_taps.at("layer3"));
  EXPECT_NEAR(loss.total.item<double>(), (0.25 * ce + 2 * kd + 10 * sp).item<double>(), 1e-4);
  EXPECT_NEAR(loss.values[1].item<double>(), kd.item<double>(), 1e-6);
}

TEST(LossTerms, EveryTermHasAFiniteValueAndAGradientForStudentAndModules) {
  LossOptions options;
  options.kd.weight = options.dkd.weight = options.dist.weight = options.at.weight = 1;
  options.sp.weight = options.nst.weight = options.pkt.weight = options.rkd.weight = 1;
  options.fitnets.weight = options.vid.weight = options.cc.weight = options.mgd.weight = 1;
  options.reviewkd.weight = options.srd.weight = 1;
  options.crd = {.weight = 1, .dimensions = 16, .negatives = 20};
  const auto terms = make_loss_terms(options, small_network(), &small_network());
  EXPECT_EQ(terms.size(), 16U);
  const std::vector<int64_t> labels_of_set = {0, 1, 2, 3, 0, 1, 2, 3};
  for (const auto& term : terms) {
    SCOPED_TRACE(term.name);
    const std::vector<LossTerm> alone = {term};
    RunBoth both(alone);
    for (auto& [name, tensor] : both.student.parameters) tensor.requires_grad_(true);
    nn::GivenSource source(both.student);
    nn::Taps taps(student_taps_of(alone));
    both.inputs.student = {small_network().forward(nn::Scope(source, &taps), both.image), &taps};
    both.inputs.sample_index = at::arange(6, at::kLong);
    both.inputs.labels_of_set = &labels_of_set;
    auto modules = create_term_modules(alone, both.inputs, RandomTree(4));
    for (auto& [name, tensor] : modules.parameters) tensor.requires_grad_(true);
    const auto loss = evaluate_loss(alone, both.inputs, modules);
    EXPECT_TRUE(at::isfinite(loss.total).item<bool>());
    loss.total.backward();
    EXPECT_GT(both.student.parameters.at("conv1.weight").grad().abs().sum().item<double>(), 0);
    for (const auto& [name, tensor] : modules.parameters) {
      ASSERT_TRUE(tensor.grad().defined()) << name;
      EXPECT_TRUE(at::isfinite(tensor.grad()).all().item<bool>()) << name;
    }
  }
}

TEST(LossTerms, CrdKeepsItsMemoriesAndItsConstant) {
  LossOptions options;
  options.crd = {.weight = 1, .dimensions = 8, .negatives = 5};
  const auto terms = make_loss_terms(options, small_network(), &small_network());
  RunBoth both(terms);
  const std::vector<int64_t> labels_of_set = {0, 1, 2, 3, 0, 1, 2};
  both.inputs.sample_index = at::arange(1, 7, at::kLong);
  both.inputs.labels = at::remainder(both.inputs.sample_index, 4);
  both.inputs.labels_of_set = &labels_of_set;
  const auto modules = create_term_modules(terms, both.inputs, RandomTree(4));
  const auto before = modules.buffers.at("crd.memory_student").clone();
  EXPECT_TRUE(at::equal(modules.buffers.at("crd.z"), at::zeros({2})));
  const auto loss = evaluate_loss(terms, both.inputs, modules);
  EXPECT_TRUE(at::equal(before, modules.buffers.at("crd.memory_student")));  // until gradients are there
  for (const auto& update : loss.after_backward) update();
  const auto after = modules.buffers.at("crd.memory_student");
  EXPECT_TRUE(at::equal(before[0], after[0]));  // not in the batch
  EXPECT_NEAR(after[3].norm().item<double>(), 1, 1e-5);
  const auto z = modules.buffers.at("crd.z").clone();
  EXPECT_GT(z[0].item<double>(), 0);
  for (const auto& update : evaluate_loss(terms, both.inputs, modules).after_backward) update();
  EXPECT_TRUE(at::equal(z, modules.buffers.at("crd.z")));
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
