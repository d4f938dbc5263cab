// The term of OFA-KD on students of maps and of tokens.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "distil/model/engine/term_fixture.h"
#include "losses/distillation/ofa_kd.h"
#include "support/user_error.h"

namespace retort::model {
namespace {

LossOptions only_ofa() {
  LossOptions options;
  options.ce.weight = 0;
  options.ofa.weight = 1;
  return options;
}

TEST(OfaTerms, WithoutBranchesItIsTheLossOfTheFinalLogits) {
  auto options = only_ofa();
  options.ofa.branch_weight = 0;
  options.ofa.gamma = {1.1, 1.2, 1.3, 1.5};
  const auto terms = make_loss_terms(options, small_network(), &small_network());
  RunBoth both(terms);
  const auto modules = create_term_modules(terms, both.inputs, RandomTree(4));
  const auto& in = both.inputs;
  const auto with_labels = [&](const at::Tensor& labels) {
    return losses::ofa_loss(in.student.logits, in.teacher.logits, labels, {.gamma = 1.5}).item<double>();
  };
  EXPECT_NEAR(evaluate_loss(terms, in, modules).total.item<double>(), with_labels(in.labels), 1e-5);
  both.inputs.partner_labels = at::flip(in.labels, {0});
  both.inputs.lambda = 0.25;  // the partner's share is the larger
  EXPECT_NEAR(evaluate_loss(terms, in, modules).total.item<double>(), with_labels(in.partner_labels), 1e-5);
}

TEST(OfaTerms, ChosenStagesHaveBranchesAsWideAsTheWiderNetwork) {
  auto options = only_ofa();
  options.ofa.stages = {2};
  const auto wide = tests::network_registries().networks.get("resnet8_wide").make(4);
  const auto terms = make_loss_terms(options, small_network(), wide.get());
  RunBoth both(terms);
  nn::Taps pooled({"avgpool"});
  pooled.offer("avgpool", at::ones({6, 128}));
  both.inputs.teacher.taps = &pooled;
  const auto modules = create_term_modules(terms, both.inputs, RandomTree(4));
  EXPECT_EQ(modules.shape_of("ofa.stage2.head.weight"), (std::vector<int64_t>{4, 128}));
  EXPECT_FALSE(modules.parameters.contains("ofa.stage1.head.weight"));
  EXPECT_FALSE(modules.parameters.contains("ofa.stage3.head.weight"));
}

TEST(OfaTerms, StudentsOfTokensHaveFourBranches) {
  for (const char* name : {"vit_nano_patch4_32", "mixer_micro_patch4_32", "resmlp_micro_patch4_32"}) {
    SCOPED_TRACE(name);
    const auto student = tests::network_registries().networks.get(name).make(4);
    const auto terms = make_loss_terms(only_ofa(), *student, nullptr);
    nn::Taps taps(student_taps_of(terms));
    const auto weights = nn::create_weights(*student, RandomTree(1));
    nn::GivenSource source(weights);
    const auto logits =
        student->forward(nn::Scope(source, &taps), at::sin(at::arange(2 * 3 * 32 * 32)).view({2, 3, 32, 32}));
    TermInputs in;
    in.student = {logits, &taps};
    in.teacher = {at::ones({2, 4})};
    in.labels = at::tensor({1, 3}, at::kLong);
    const auto modules = create_term_modules(terms, in, RandomTree(4));
    for (const char* stage : {"1", "2", "3", "4"})
      EXPECT_TRUE(modules.parameters.contains(std::string("ofa.stage") + stage + ".head.weight"));
    EXPECT_TRUE(at::isfinite(evaluate_loss(terms, in, modules).total).item<bool>());
  }
}

TEST(OfaTerms, SayWhatDoesNotFit) {
  auto options = only_ofa();
  options.ofa.gamma = {1, 1.2};
  EXPECT_EQ(tests::user_error_of([&] { make_loss_terms(options, small_network(), nullptr); }),
            "loss.ofa.gamma: 2 values; one for all would be right, or 4: one a branch and the final logits' last");
  options.ofa.gamma = {1};
  options.ofa.stages = {1, 4};
  EXPECT_EQ(tests::user_error_of([&] { make_loss_terms(options, small_network(), nullptr); }),
            "loss.ofa.stages: 4; 'resnet8' has 3");
}

}  // namespace
}  // namespace retort::model
