// Losses with inputs of several kinds: variances, features beside logits, rotated views.
#include <gtest/gtest.h>

#include "losses/distillation/hostile_gradients.h"
#include "losses/distillation/kd.h"
#include "losses/distillation/pad.h"
#include "losses/distillation/sheet_inputs.h"
#include "losses/distillation/srd.h"
#include "losses/distillation/sskd.h"
#include "support/grad_check.h"
#include "support/user_error.h"

namespace retort::losses {
namespace {

TEST(FeatureLosses, pad) {
  const SheetInputs in;
  const at::Tensor log_variance = tests::wave({4, 6}, .19, 0, .5);
  EXPECT_NEAR(pad_loss(in.student_embedding, in.teacher_embedding, log_variance).item<double>(), 1.1091961461,
              sheet_tolerance);
  EXPECT_TRUE(
      tests::grad_check([&](const std::vector<at::Tensor>& x) { return pad_loss(x[0], in.teacher_embedding, x[1]); },
                        {in.student_embedding, log_variance}));
  // A variance that underflows is held up by eps.
  EXPECT_TRUE(finite_with_gradient(
      [&](const at::Tensor& student) {
        return pad_loss(student, in.teacher_embedding, at::full({4, 6}, -1e4, at::kDouble));
      },
      in.student_embedding, 1e7));
  EXPECT_THROW(pad_loss(in.student_embedding, in.teacher_embedding, log_variance.narrow(1, 0, 3)), UserError);
}

TEST(FeatureLosses, srd) {
  const SheetInputs in;
  const at::Tensor logits = in.student_logits;
  EXPECT_NEAR(log_sum_difference(standardized_over_batch(in.student_embedding, 1e-4),
                                 standardized_over_batch(in.teacher_embedding, 1e-4), 4)
                  .item<double>(),
              5.7162100254, sheet_tolerance);
  const auto loss = [&](const at::Tensor& student) {
    return srd_loss(student, in.teacher_embedding, logits, in.teacher_logits);
  };
  EXPECT_NEAR(loss(in.student_embedding).item<double>(),
              2 * log_sum_difference(in.student_embedding, in.teacher_embedding, 4).item<double>() + 1.0626128462,
              1e-9);
  EXPECT_TRUE(tests::grad_check(
      [&](const std::vector<at::Tensor>& x) {
        return srd_loss(x[0], in.teacher_embedding, x[1], in.teacher_logits, {.exponent = 3, .temperature = 2});
      },
      {in.student_embedding, in.student_logits}));
  EXPECT_TRUE(finite_with_gradient(loss, in.teacher_embedding)) << "student is teacher";
}

/// Two images with three rotations each: 8 rows.
struct RotatedViews {
  at::Tensor student_logits = tests::wave({8, 5}, .7, .3, 2), teacher_logits = tests::wave({8, 5}, 1.1, .5, 3);
  at::Tensor student_head = tests::wave({8, 6}, .61, .2), teacher_head = tests::wave({8, 7}, .83, .7);
  at::Tensor labels = at::tensor({1, 3}, at::kLong);
};

TEST(FeatureLosses, sskd) {
  const RotatedViews in;
  EXPECT_TRUE(tests::grad_check(
      [&](const std::vector<at::Tensor>& x) {
        return sskd_loss(x[0], in.teacher_logits, x[1], in.teacher_head, in.labels);
      },
      {in.student_logits, in.student_head}));
  EXPECT_TRUE(
      tests::grad_check([](const std::vector<at::Tensor>& x) { return sskd_head_loss(x[0]); }, {in.student_head}));
}

TEST(FeatureLosses, sskd_keeps_right_rows_and_the_best_of_the_others) {
  RotatedViews in;
  // Rotations 1, 2, 3 of image 0 (label 1): right, third, second; all of image 1 (label 3) right.
  in.teacher_logits = at::zeros({8, 5}, at::kDouble);
  for (const int64_t row : {1}) in.teacher_logits[row][1] = 5;
  in.teacher_logits[2][0] = 5;
  in.teacher_logits[2][2] = 4;
  in.teacher_logits[2][1] = 3;
  in.teacher_logits[3][0] = 5;
  in.teacher_logits[3][1] = 4;
  for (const int64_t row : {5, 6, 7}) in.teacher_logits[row][3] = 5;
  const auto only_rotations = [&](double ratio) {
    const SskdOptions options{.tf_temperature = 2, .tf_ratio = ratio, .w_ce = 0, .w_kl = 0, .w_ss = 0, .w_tf = 1};
    return sskd_loss(in.student_logits, in.teacher_logits, in.student_head, in.teacher_head, in.labels, options)
        .item<double>();
  };
  const auto over_rows = [&](std::vector<int64_t> rows) {
    const at::Tensor index = at::tensor(rows, at::kLong);
    return kd_loss(in.student_logits.index_select(0, index), in.teacher_logits.index_select(0, index),
                   {.temperature = 2})
        .item<double>();
  };
  EXPECT_NEAR(only_rotations(0), over_rows({1, 5, 6, 7}), 1e-12);
  EXPECT_NEAR(only_rotations(0.5), over_rows({1, 3, 5, 6, 7}), 1e-12);
  EXPECT_NEAR(only_rotations(0.99), over_rows({1, 3, 5, 6, 7}), 1e-12);
  EXPECT_NEAR(only_rotations(1), over_rows({1, 2, 3, 5, 6, 7}), 1e-12);
}

TEST(FeatureLosses, sskd_on_hostile_input) {
  const RotatedViews in;
  const SskdOptions keep_none{.ss_ratio = 0, .tf_ratio = 0};
  // The teacher never ranks the label first: no row is kept.
  const at::Tensor wrong = at::tensor({5., 0., 1., 2., 3.}, at::kDouble).expand({8, 5});
  EXPECT_TRUE(finite_with_gradient(
      [&](const at::Tensor& student) {
        return sskd_loss(student, wrong, in.student_head, in.teacher_head, in.labels, keep_none);
      },
      in.student_logits));
  EXPECT_TRUE(finite_with_gradient(
      [&](const at::Tensor& head) {
        return sskd_loss(in.student_logits, in.teacher_logits, head, in.teacher_head, in.labels);
      },
      at::zeros({8, 6}, at::kDouble)));
  EXPECT_EQ(tests::user_error_of([&] { sskd_head_loss(in.student_head.narrow(0, 0, 6)); }),
            "sskd: 6 rows; each image comes with its 3 rotations, so it should be a multiple of 4");
  EXPECT_EQ(tests::user_error_of([&] {
              sskd_loss(in.student_logits, in.teacher_logits, in.student_head, in.teacher_head,
                        at::zeros({8}, at::kLong));
            }),
            "sskd: logits of the originals [2, 5], labels [8]; they should be [N,C], [N], none of them empty");
}

}  // namespace
}  // namespace retort::losses
