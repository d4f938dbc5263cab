// Masks of teacher and student together: the sheet's numbers, gradients, masks that vanish or coincide.
#include "losses/distillation/acam_kd.h"

#include <gtest/gtest.h>

#include "losses/distillation/hostile_gradients.h"
#include "losses/distillation/scoped_gradients.h"
#include "support/grad_check.h"
#include "support/user_error.h"
#include "support/wave.h"

namespace retort::losses {
namespace {

class Acam : public testing::Test {
 protected:
  at::Tensor teacher = tests::wave({1, 4, 3, 3}, .53, .9), student = tests::wave({1, 4, 3, 3}, .37, .1),
             channel_units = at::tensor({.5, -.7, 1.2}, at::kDouble), spatial_units = tests::wave({3, 4}, .17, .2);
  nn::Weights weights;
  Acam() {
    weights.parameters = {{"query.weight", tests::wave({2, 4}, .21, .1)}, {"query.bias", at::zeros({2}, at::kDouble)},
                          {"key.weight", tests::wave({2, 4}, .31, .2)},   {"key.bias", at::zeros({2}, at::kDouble)},
                          {"value.weight", tests::wave({4, 4}, .41, .3)}, {"value.bias", at::zeros({4}, at::kDouble)}};
  }
  at::Tensor fused() const {
    nn::GivenSource source(weights);
    return cooperative_fusion(nn::Scope(source), teacher, student);
  }
};

bool as_the_sheet_says(const at::Tensor& got, std::vector<double> want) {
  return at::allclose(got, at::tensor(want, at::kDouble), 0, 1e-8);
}

TEST_F(Acam, has_the_sheets_values) {
  nn::GivenSource source(weights);
  nn::Taps taps({"attention"});
  const at::Tensor features = cooperative_fusion(nn::Scope(source, &taps), teacher, student);
  EXPECT_TRUE(as_the_sheet_says(taps.at("attention")[0][0][0], {.12020480, .11946660, .11748231, .11457353, .11118740,
                                                                .10780769, .10487721, .10274713, .10165332}));
  EXPECT_TRUE(as_the_sheet_says(features[0].flatten(1).select(1, 0), {-.22434137, .36436044, .17395145, -.38841739}));
  EXPECT_TRUE(at::allclose(fused(), features));  // the fused kernel agrees
  const auto masks = selection_masks(features, channel_units, spatial_units);
  EXPECT_TRUE(as_the_sheet_says(masks.channel[0][0], {.47329127, .54544352, .52042072, .45175560}));
  EXPECT_TRUE(as_the_sheet_says(masks.spatial[0][0], {.48086928, .48119823, .48123460, .48097116, .48048664, .47992023,
                                                      .47942906, .47914069, .47912338}));
  EXPECT_NEAR(mask_diversity_loss(masks.channel).item<double>(), .9801783564, 1e-9);
  EXPECT_NEAR(mask_diversity_loss(masks.spatial).item<double>(), .9998661083, 1e-9);
  const auto loss = masked_distillation_loss(teacher, student, masks);
  EXPECT_NEAR(loss.spatial.item<double>(), .5192962637, 1e-9);
  EXPECT_NEAR(loss.channel.item<double>(), .5669527880, 1e-9);
}

TEST_F(Acam, has_gradients_that_hold) {
  EXPECT_TRUE(tests::grad_check(
      [&](const std::vector<at::Tensor>& x) {
        const auto masks = selection_masks(x[0], x[1], x[2]);
        const auto loss = masked_distillation_loss(teacher, x[3], masks);
        return loss.spatial + 2 * loss.channel + mask_diversity_loss(masks.channel) +
               mask_diversity_loss(masks.spatial, DiversityForm::whole);
      },
      {fused(), channel_units, spatial_units, student}));
  for (const bool detached : {false, true}) {
    const ScopedLoss all = [&](const nn::Scope& scope, const auto& x) {
      const auto terms = acam_terms(scope, tests::wave({2, 4, 4, 4}, .53, .9).to(x[0].scalar_type()), x[0],
                                    {.masks = 3, .max_tokens = 9, .detach_student_in_mask = detached});
      return terms.spatial + terms.channel + terms.diversity;
    };
    const at::Tensor narrow = tests::wave({2, 3, 2, 2}, .37, .1);
    const auto fresh = fresh_weights(all, {narrow});
    EXPECT_EQ(fresh.shape_of("align.weight"), (std::vector<int64_t>{4, 3, 1, 1}));
    EXPECT_EQ(fresh.shape_of("spatial_units"), (std::vector<int64_t>{3, 4}));
    // Differences see the path that was cut.
    if (!detached) {
      EXPECT_TRUE(gradients_hold(all, {narrow}));
    }
  }
}

TEST_F(Acam, cuts_the_students_way_into_the_masks) {
  // With equal maps only the masks' likeness pushes; cut, nothing reaches the student.
  const auto gradient = [&](bool detached) {
    nn::Weights whole = weights;
    whole.parameters["channel_units"] = channel_units;
    whole.parameters["spatial_units"] = spatial_units;
    nn::GivenSource source(whole);
    const at::Tensor leaf = teacher.clone().requires_grad_(true);
    const auto terms = acam_terms(nn::Scope(source), teacher, leaf, {.masks = 3, .detach_student_in_mask = detached});
    return torch::autograd::grad({terms.spatial + terms.channel + terms.diversity}, {leaf})[0]
        .abs()
        .max()
        .item<double>();
  };
  EXPECT_EQ(gradient(true), 0);
  EXPECT_GT(gradient(false), 0);
}

TEST_F(Acam, masks_come_from_the_maps_that_are_named) {
  nn::Weights whole = weights;
  whole.parameters["channel_units"] = channel_units;
  whole.parameters["spatial_units"] = spatial_units;
  const auto diversity = [&](MaskMakers makers, const at::Tensor& of_student) {
    nn::GivenSource source(whole);
    return acam_terms(nn::Scope(source), teacher, of_student, {.masks = 3, .masks_from = makers})
        .diversity.item<double>();
  };
  const auto fused = [&](const at::Tensor& asking, const at::Tensor& answering) {
    nn::GivenSource source(whole);
    const auto masks =
        selection_masks(cooperative_fusion(nn::Scope(source), asking, answering), channel_units, spatial_units);
    return (mask_diversity_loss(masks.channel) + mask_diversity_loss(masks.spatial)).item<double>();
  };
  EXPECT_DOUBLE_EQ(diversity(MaskMakers::both, student), fused(teacher, student));
  EXPECT_DOUBLE_EQ(diversity(MaskMakers::student_asks, student), fused(student, teacher));
  EXPECT_DOUBLE_EQ(diversity(MaskMakers::teacher, student), fused(teacher, teacher));
  EXPECT_NE(fused(teacher, student), fused(student, teacher));
  const auto tokens = selection_masks(teacher, channel_units, spatial_units);
  EXPECT_DOUBLE_EQ(diversity(MaskMakers::tokens, student),
                   (mask_diversity_loss(tokens.channel) + mask_diversity_loss(tokens.spatial)).item<double>());
}

TEST_F(Acam, diversity_of_known_masks) {
  const at::Tensor same = at::ones({2, 3, 4}, at::kDouble), apart = at::eye(3, at::kDouble).unsqueeze(0);
  EXPECT_NEAR(mask_diversity_loss(same).item<double>(), 1, 1e-9);
  EXPECT_NEAR(mask_diversity_loss(same, DiversityForm::whole).item<double>(), 2, 1e-9);
  EXPECT_EQ(mask_diversity_loss(apart).item<double>(), 0);
  const auto loss = [](const at::Tensor& masks) { return mask_diversity_loss(masks); };
  EXPECT_TRUE(finite_with_gradient(loss, at::zeros({1, 3, 4}, at::kDouble)));
  EXPECT_TRUE(finite_with_gradient(loss, same));
  EXPECT_TRUE(finite_with_gradient(loss, same.narrow(1, 0, 1)));
  EXPECT_EQ(loss(same.narrow(1, 0, 1)).item<double>(), 0);  // a single mask is like no other
}

TEST_F(Acam, stays_finite_where_masks_close) {
  // exp(-1e4) is zero in any precision: masks of sum zero.
  const at::Tensor closed = at::full({1, 4, 3, 3}, -1e4, at::kDouble);
  const at::Tensor units = at::ones({3}, at::kDouble), each = at::ones({3, 4}, at::kDouble);
  EXPECT_TRUE(finite_with_gradient(
      [&](const at::Tensor& map) {
        const auto masks = selection_masks(map, units, each);
        const auto loss = masked_distillation_loss(teacher, student, masks);
        return loss.spatial + loss.channel + mask_diversity_loss(masks.spatial);
      },
      closed));
  EXPECT_TRUE(finite_with_gradient(
      [&](const at::Tensor& map) {
        const auto loss = masked_distillation_loss(teacher, map, selection_masks(closed, units, each));
        return loss.spatial + loss.channel;
      },
      student));
}

TEST_F(Acam, refuses_maps_of_one_channel) {
  nn::GivenSource source(weights);
  const at::Tensor single = at::ones({1, 1, 2, 2});
  EXPECT_EQ(tests::user_error_of([&] { cooperative_fusion(nn::Scope(source), single, single); }),
            "acam: maps of one channel leave none for queries and keys");
}

}  // namespace
}  // namespace retort::losses
