// Two heads: which gradient reaches which, the mixture that is right most often, teachers of texts.
#include "losses/distillation/dho.h"

#include <gtest/gtest.h>

#include <cmath>

#include "losses/distillation/hostile_gradients.h"
#include "losses/distillation/sheet_inputs.h"
#include "losses/distillation/text_teacher.h"
#include "support/grad_check.h"
#include "support/user_error.h"

namespace retort::losses {
namespace {

TEST(Dho, adds_up_and_has_gradients) {
  const SheetInputs in;
  const auto loss = [&](const std::vector<at::Tensor>& x, const DhoOptions& options) {
    return dho_loss({.label_head = x[0],
                     .teacher_head_labelled = x[1],
                     .teacher_head_unlabelled = x[2],
                     .teacher_logits_labelled = in.teacher_logits,
                     .teacher_logits_unlabelled = in.teacher_logits.narrow(0, 1, 3),
                     .labels = in.labels},
                    options);
  };
  const at::Tensor unlabelled = tests::wave({3, 5}, .9, .4, 2);
  const std::vector<at::Tensor> heads = {in.student_logits, in.student_logits, unlabelled};
  EXPECT_TRUE(tests::grad_check([&](const std::vector<at::Tensor>& x) { return loss(x, {}); }, heads));
  // Only labels: cross-entropy; the teacher's heads alone: KD at temperature 4 on the labelled ones is known.
  EXPECT_NEAR(loss(heads, {.cross_entropy_weight = 1, .distillation_weight = 0}).item<double>(), 2.6373467900,
              sheet_tolerance);
  EXPECT_NEAR(loss({in.student_logits, in.student_logits, in.teacher_logits.narrow(0, 1, 3)},
                   {.temperature = 4, .cross_entropy_weight = 0, .distillation_weight = 1})
                  .item<double>(),
              2.0467992544, sheet_tolerance);
  for (size_t head = 0; head < heads.size(); ++head) {
    const auto of_head = [&](const at::Tensor& x) {
      auto given = heads;
      given[head] = x;
      return loss(given, {});
    };
    EXPECT_TRUE(finite_with_gradient(of_head, at::zeros_like(heads[head])));
    EXPECT_TRUE(finite_with_gradient(of_head, 1e4 * heads[head]));
  }
}

TEST(Dho, mixes_probabilities) {
  const SheetInputs in;
  EXPECT_TRUE(at::allclose(dho_probabilities(in.student_logits, in.teacher_logits, {.alpha = 1}),
                           at::softmax(in.student_logits, 1)));
  EXPECT_TRUE(at::allclose(dho_probabilities(in.student_logits, in.teacher_logits, {.alpha = 0, .beta = 2}),
                           at::softmax(in.teacher_logits / 2, 1)));
  EXPECT_TRUE(at::allclose(dho_probabilities(in.student_logits, in.teacher_logits).sum(1), at::ones({4}, at::kDouble)));
}

TEST(Dho, finds_the_mixture_and_keeps_the_first_of_equals) {
  // Each head knows one of two samples and is slightly wrong about the other.
  const at::Tensor labels = at::tensor({0, 1}, at::kLong);
  const at::Tensor by_labels = at::tensor({5.f, 0.f, .1f, 0.f}).view({2, 2}),
                   by_teacher = at::tensor({0.f, .1f, 0.f, 5.f}).view({2, 2});
  EXPECT_EQ(search_dho_mixture(by_labels, by_teacher, labels).accuracy, 100);
  const auto equal = search_dho_mixture(by_labels, by_labels, at::tensor({0, 0}, at::kLong));
  EXPECT_EQ(equal.accuracy, 100);
  EXPECT_EQ(equal.mixture.alpha, 0);
  EXPECT_EQ(equal.mixture.beta, .5);
}

TEST(TextTeacher, averages_prompts_of_unit_length) {
  const at::Tensor prompts = at::tensor({3.f, 0.f, 0.f, .5f, 0.f, 0.f, 0.f, 0.f}).view({2, 2, 2});
  const at::Tensor prototypes = text_prototypes(prompts);
  const float half = std::sqrt(.5f);
  EXPECT_TRUE(at::allclose(prototypes, at::tensor({half, 0.f, half, 0.f}).view({2, 2})));  // no text: zero
}

TEST(TextTeacher, adds_the_likeness_to_labelled_images) {
  const at::Tensor features = at::eye(2), texts = at::eye(2), keys = at::tensor({0.f, 1.f}).view({1, 2}),
                   values = at::tensor({1.f, 0.f}).view({1, 2});
  const at::Tensor logits = tip_adapter_logits(features, texts, keys, values, {.alpha = 2, .beta = 3});
  EXPECT_TRUE(at::allclose(logits, at::tensor({100 + 2 * std::exp(-3.f), 0.f, 2.f, 100.f}).view({2, 2})));
  EXPECT_EQ(tests::user_error_of([&] { tip_adapter_logits(features, texts, keys, texts); }),
            "tip-adapter: features [2, 2], text weights [2, 2], cache keys [1, 2], cache values [2, 2]; they should be "
            "[B,d], [d,C], [M,d], [M,C], none of them empty");
}

}  // namespace
}  // namespace retort::losses
