// Soft labels stored, recovered, adapted and mixed; what a damaged store holds is refused.
#include "data/label_quantization.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <limits>

#include "data/label_adaptation.h"
#include "data/self_mix.h"
#include "support/user_error.h"
#include "support/wave.h"

namespace retort::data {
namespace {

at::Tensor probabilities_of(int64_t rows, int64_t classes) {
  return at::softmax(tests::wave({rows, classes}, .7, .3, 2), 1);
}

TEST(SoftLabels, sum_to_one_after_recovery) {
  const at::Tensor probabilities = probabilities_of(4, 12);
  for (const auto form : {SoftLabelForm::smoothing, SoftLabelForm::marginal_smoothing_k5,
                          SoftLabelForm::marginal_smoothing_k10, SoftLabelForm::marginal_renorm_k5}) {
    const at::Tensor recovered = recovered_labels(quantized_labels(probabilities, form), form, 12);
    EXPECT_TRUE(at::allclose(recovered.sum(1), at::ones({4}, at::kDouble))) << static_cast<int>(form);
    EXPECT_TRUE(at::equal(recovered.argmax(1), probabilities.argmax(1)));
  }
  const at::Tensor hard = quantized_labels(probabilities, SoftLabelForm::hard);
  EXPECT_TRUE(at::equal(hard, probabilities.argmax(1)));
  EXPECT_TRUE(at::equal(recovered_labels(hard, SoftLabelForm::hard, 12), at::one_hot(hard, 12).to(at::kFloat)));
}

TEST(SoftLabels, of_five_classes_lose_nothing_in_five) {
  const at::Tensor five = at::constant_pad_nd(probabilities_of(3, 5), {0, 7});
  const auto form = SoftLabelForm::marginal_smoothing_k5;
  EXPECT_TRUE(at::allclose(recovered_labels(quantized_labels(five, form), form, 12), five));
  const at::Tensor all = probabilities_of(3, 5);
  EXPECT_TRUE(at::allclose(recovered_labels(quantized_labels(all, form), form, 5), all));
}

TEST(SoftLabels, are_never_negative_where_rounding_left_too_much) {
  const at::Tensor stored = at::tensor({3.f, 1.25f}).view({1, 2});
  const at::Tensor recovered = recovered_labels(stored, SoftLabelForm::smoothing, 5);
  EXPECT_TRUE(at::equal(recovered, at::one_hot(at::tensor({3}, at::kLong), 5).to(at::kFloat)));
  const at::Tensor nothing = at::zeros({1, 2, 5});
  EXPECT_TRUE(recovered_labels(nothing, SoftLabelForm::marginal_renorm, 9).isfinite().all().item<bool>());
}

TEST(SoftLabels, refuse_what_a_damaged_store_holds) {
  const auto message = [](at::Tensor stored, SoftLabelForm form) {
    return tests::user_error_of([&] { recovered_labels(stored, form, 9); });
  };
  for (const float index : {-1.f, 9.f, .5f, std::numeric_limits<float>::quiet_NaN(), 1e30f}) {
    EXPECT_EQ(message(at::tensor({index, .5f}).view({1, 2}), SoftLabelForm::smoothing),
              "soft labels: a stored index is no class in [0, 9)");
  }
  EXPECT_EQ(message(at::tensor({9}, at::kLong), SoftLabelForm::hard),
            "soft labels: a stored index is no class in [0, 9)");
  EXPECT_EQ(message(at::ones({2, 5}), SoftLabelForm::marginal_smoothing_k5),
            "soft labels: stored [2, 5]; they should be [B,2,k] of floating numbers");
  EXPECT_EQ(message(at::ones({2, 2, 10}), SoftLabelForm::marginal_smoothing_k10),
            "soft labels: 10 stored classes of 9");
  EXPECT_EQ(message(at::ones({2, 5}), SoftLabelForm::hard),
            "soft labels: stored [2, 5]; hard ones should be [B] of int64");
  EXPECT_EQ(tests::user_error_of([] {
              quantized_labels(at::ones({2, 4}), SoftLabelForm::marginal_renorm);
            }),
            "soft labels: probabilities [2, 4]; they should be [M,C] of at least 5 classes");
}

TEST(LabelAdaptation, acts_by_bands) {
  const at::Tensor soft = at::tensor({.1f, .1f, .8f, .5f, .3f, .2f, .98f, .01f, .01f}).view({3, 3});
  const at::Tensor labels = at::tensor({0, 0, 0}, at::kLong);
  const auto by_label = adapted_labels(soft, labels, {.high = .9, .confidence = Confidence::label});
  EXPECT_TRUE(at::equal(by_label.band, at::tensor({0, 1, 2}, at::kLong)));
  EXPECT_TRUE(at::equal(by_label.keep, at::tensor({1, 1, 0}).to(at::kBool)));
  EXPECT_TRUE(at::allclose(by_label.labels[0], at::tensor({.9f + .1f / 3, .1f / 3, .1f / 3})));
  EXPECT_TRUE(at::equal(by_label.labels.slice(0, 1), soft.slice(0, 1)));
  EXPECT_TRUE(at::equal(adapted_labels(soft, labels, {.high = .9}).band, at::tensor({1, 1, 2}, at::kLong)));
  const auto hardest_dropped =
      adapted_labels(soft, labels, {.confidence = Confidence::label, .below = BandAction::drop});
  EXPECT_TRUE(at::equal(hardest_dropped.keep, at::tensor({0, 1, 1}).to(at::kBool)));
  EXPECT_TRUE(at::equal(hardest_dropped.labels, soft));
}

TEST(LabelAdaptation, without_bands_changes_nothing) {
  const at::Tensor soft = probabilities_of(4, 6);
  const auto adapted = adapted_labels(soft, at::zeros({4}, at::kLong), {.low = 0});
  EXPECT_TRUE(at::equal(adapted.labels, soft));
  EXPECT_TRUE(adapted.keep.all().item<bool>());
}

TEST(LabelAdaptation, refuses_bands_upside_down_and_other_shapes) {
  const at::Tensor soft = at::ones({2, 3});
  EXPECT_EQ(tests::user_error_of([&] { adapted_labels(soft, at::zeros({2}, at::kLong), {.low = .5, .high = .2}); }),
            "label adaptation: the lower threshold 0.5 lies above the upper one 0.2");
  EXPECT_EQ(tests::user_error_of([&] { adapted_labels(soft, at::zeros({3}, at::kLong)); }),
            "label adaptation: soft labels [2, 3], labels [3]; they should be [N,C] and [N]");
}

TEST(SelfMix, pairs_crops_of_the_same_picture) {
  RandomGenerator random(3);
  const at::Tensor partners = same_picture_partners(5, 4, random), rows = at::arange(20, at::kLong);
  EXPECT_TRUE(at::equal(partners.remainder(5), rows.remainder(5)));
  EXPECT_FALSE(partners.eq(rows).any().item<bool>());
  EXPECT_TRUE(at::equal(std::get<0>(partners.sort()), rows));
  EXPECT_TRUE(at::equal(same_picture_partners(3, 1, random), at::arange(3, at::kLong)));
}

TEST(SoftLabels, mix_as_their_pictures_do) {
  const at::Tensor soft = at::eye(2), swapped = at::tensor({1, 0}, at::kLong);
  EXPECT_TRUE(at::allclose(mixed_labels(soft, swapped, .75), at::tensor({.75f, .25f, .25f, .75f}).view({2, 2})));
}

}  // namespace
}  // namespace retort::data
