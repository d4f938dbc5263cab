// Losses of logits: values by formula, gradients, and input that divides by zero when written naively.
#include <gtest/gtest.h>

#include "losses/distillation/dist.h"
#include "losses/distillation/dkd.h"
#include "losses/distillation/hostile_gradients.h"
#include "losses/distillation/kd.h"
#include "losses/distillation/logit_standardization.h"
#include "losses/distillation/sheet_inputs.h"
#include "losses/distillation/skd.h"
#include "support/grad_check.h"
#include "support/user_error.h"

namespace retort::losses {
namespace {

class LogitLosses : public testing::Test {
 protected:
  SheetInputs in;
  /// Checks the gradient of `loss` at the sheet's student logits.
  testing::AssertionResult gradient_holds(const std::function<at::Tensor(const at::Tensor&)>& loss) const {
    return tests::grad_check([&](const std::vector<at::Tensor>& x) { return loss(x[0]); }, {in.student_logits});
  }
};

TEST_F(LogitLosses, kd) {
  EXPECT_NEAR(kd_loss(in.student_logits, in.teacher_logits).item<double>(), 2.0467992544, sheet_tolerance);
  EXPECT_NEAR(kd_loss(in.student_logits, in.teacher_logits, {.temperature = 1}).item<double>(), 1.0626128462,
              sheet_tolerance);
  EXPECT_TRUE(gradient_holds([&](const auto& student) { return kd_loss(student, in.teacher_logits); }));
  EXPECT_THROW(kd_loss(in.student_logits, in.teacher_logits.narrow(1, 0, 4)), UserError);
}

TEST_F(LogitLosses, weighted_kd_drops_temperature_without_cross_entropy) {
  const auto loss = [&](double alpha) {
    return weighted_kd_loss(in.student_logits, in.teacher_logits, in.labels, {.temperature = 4, .alpha = alpha})
        .item<double>();
  };
  EXPECT_NEAR(loss(1), 2.6373467900, sheet_tolerance);
  EXPECT_NEAR(loss(0.9), 0.9 * 2.6373467900 + 0.1 * 2.0467992544, sheet_tolerance);
  EXPECT_NEAR(loss(0), 2.0467992544 / 16, sheet_tolerance);
  EXPECT_TRUE(gradient_holds(
      [&](const auto& student) { return weighted_kd_loss(student, in.teacher_logits, in.labels, {.alpha = 0.3}); }));
}

TEST_F(LogitLosses, kd_of_a_sure_teacher_and_one_class) {
  const at::Tensor sure = at::tensor({1e4, 0., 0.}).view({1, 3}).to(at::kFloat);
  EXPECT_TRUE(finite_with_gradient([&](const auto& student) { return kd_loss(student, sure, {.temperature = 1}); },
                                   at::tensor({-1e4, 0., 1e4}).view({1, 3}).to(at::kFloat)));
  const at::Tensor one_class = at::ones({3, 1});
  EXPECT_EQ(kd_loss(one_class, 2 * one_class).item<float>(), 0);
}

TEST_F(LogitLosses, dkd) {
  const auto terms = dkd_terms(in.student_logits, in.teacher_logits, in.labels, 4);
  EXPECT_NEAR(terms.target.item<double>(), 0.2355692929, sheet_tolerance);
  EXPECT_NEAR(terms.non_target.item<double>(), 2.1943237609, sheet_tolerance);
  EXPECT_NEAR(dkd_loss(in.student_logits, in.teacher_logits, in.labels).item<double>(), 17.7901593802, 1e-9);
  EXPECT_TRUE(gradient_holds([&](const auto& student) {
    return dkd_loss(student, in.teacher_logits, in.labels, {.alpha = 1.5, .beta = 2, .temperature = 2});
  }));
}

TEST_F(LogitLosses, dkd_survives_a_sample_that_is_all_but_certain) {
  // 1 - p_label underflows in float32; its logarithm is about -200.
  const at::Tensor certain = at::tensor({200., 0., 1.}).view({1, 3}).to(at::kFloat);
  const at::Tensor labels = at::zeros({1}, at::kLong);
  const DkdOptions options{.alpha = 1, .beta = 1, .temperature = 1};
  const auto loss_against = [&](const at::Tensor& teacher) {
    return [&, teacher](const at::Tensor& student) { return dkd_loss(student, teacher, labels, options); };
  };
  EXPECT_TRUE(finite_with_gradient(loss_against(certain), certain));
  EXPECT_TRUE(finite_with_gradient(loss_against(at::zeros({1, 3})), certain));
  EXPECT_TRUE(finite_with_gradient(loss_against(certain), -certain));
  EXPECT_NEAR(loss_against(at::zeros({1, 3}))(certain).item<float>(), 131.9414, 1e-3);
}

TEST_F(LogitLosses, dkd_refuses_one_class) {
  const at::Tensor one_class = at::ones({2, 1}), labels = at::zeros({2}, at::kLong);
  EXPECT_EQ(tests::user_error_of([&] { dkd_loss(one_class, one_class, labels); }),
            "dkd: logits of one class; the loss compares the other classes");
  EXPECT_THROW(dkd_loss(in.student_logits, in.teacher_logits, in.labels.narrow(0, 0, 3)), UserError);
}

TEST_F(LogitLosses, dist) {
  const auto plain = dist_terms(in.student_logits, in.teacher_logits, 1);
  EXPECT_NEAR(plain.between_classes.item<double>(), 1.0248557743, sheet_tolerance * 10);
  EXPECT_NEAR(plain.within_class.item<double>(), 0.9370136242, 1e-7);
  const auto softened = dist_terms(in.student_logits, in.teacher_logits, 4);
  EXPECT_NEAR(softened.between_classes.item<double>(), 14.4807075320, 1e-5);
  EXPECT_NEAR(softened.within_class.item<double>(), 14.2934501858, 1e-5);
  EXPECT_TRUE(gradient_holds([&](const auto& student) { return dist_loss(student, in.teacher_logits); }));
}

TEST_F(LogitLosses, dist_of_one_sample_or_one_class_is_finite) {
  const auto against_ones = [](const at::Tensor& student) { return dist_loss(student, at::ones_like(student)); };
  EXPECT_TRUE(finite_with_gradient(against_ones, in.student_logits.narrow(0, 0, 1)));
  EXPECT_TRUE(finite_with_gradient(against_ones, at::zeros({3, 1})));
  EXPECT_TRUE(finite_with_gradient(against_ones, at::zeros({3, 4})));
}

TEST_F(LogitLosses, dist_takes_every_pixel_as_a_sample) {
  const at::Tensor student = tests::wave({2, 5, 3, 4}, .7, .3, 2), teacher = tests::wave({2, 5, 3, 4}, 1.1, .5, 3);
  const auto samples = [](const at::Tensor& map) { return map.permute({0, 2, 3, 1}).reshape({24, 5}); };
  EXPECT_NEAR(dist_segmentation_loss(student, teacher, {.beta = 2, .gamma = 3}).item<double>(),
              dist_segmentation_loss(samples(student), samples(teacher), {.beta = 2, .gamma = 3}).item<double>(),
              1e-12);
  EXPECT_THROW(dist_segmentation_loss(student, teacher.narrow(3, 0, 3)), UserError);
  EXPECT_THROW(dist_segmentation_loss(student.flatten(2), teacher.flatten(2)), UserError);
}

TEST_F(LogitLosses, dist_plus) {
  const DistPlusOptions options{.beta = 2, .gamma = 1, .iota = 0.5, .kappa = 1.5, .temperature = 2};
  const auto loss = [&](const std::vector<at::Tensor>& x) {
    return dist_plus_loss(x[0], in.teacher_logits.narrow(0, 0, 2), x[1], in.teacher_map, options);
  };
  EXPECT_TRUE(tests::grad_check(loss, {in.student_logits.narrow(0, 0, 2), in.student_map}));
  // Equal features: the channel term is a correlation of 1 that is added, the spatial one vanishes.
  const at::Tensor logits = in.student_logits.narrow(0, 0, 2);
  EXPECT_NEAR(dist_plus_loss(logits, logits, in.student_map, in.student_map, options).item<double>(), 0.5, 1e-6);
  EXPECT_TRUE(finite_with_gradient(
      [&](const at::Tensor& features) { return dist_plus_loss(logits, logits, features, in.teacher_map, options); },
      at::zeros_like(in.student_map), 1e9));
}

TEST_F(LogitLosses, logit_standardization) {
  EXPECT_NEAR(standardized_logits(at::tensor({1., 2., 3.}).view({1, 3}).to(at::kDouble))[0][2].item<double>(), 1, 1e-6);
  EXPECT_TRUE(gradient_holds(
      [&](const auto& student) { return logit_standardization_loss(student, in.teacher_logits, in.labels); }));
  EXPECT_TRUE(finite_with_gradient(
      [&](const at::Tensor& student) { return logit_standardization_loss(student, in.teacher_logits, in.labels); },
      at::ones({4, 5}, at::kDouble), 1e9));
  const at::Tensor one_class = at::ones({4, 1});
  EXPECT_EQ(tests::user_error_of([&] { logit_standardization_loss(one_class, one_class, in.labels * 0); }),
            "logit standardization: logits of one class have no deviation");
}

TEST_F(LogitLosses, skd) {
  EXPECT_NEAR(skd_instance_loss(in.student_logits, in.teacher_logits).item<double>(), 2.0467992544 / 16,
              sheet_tolerance);
  EXPECT_TRUE(gradient_holds([&](const auto& student) { return skd_direction_loss(student, in.teacher_logits); }));
  const auto to_itself = [&](const at::Tensor& student) { return skd_direction_loss(student, in.student_logits); };
  EXPECT_EQ(to_itself(in.student_logits).item<double>(), 0);
  EXPECT_TRUE(finite_with_gradient(to_itself, in.student_logits));
  EXPECT_TRUE(finite_with_gradient(to_itself, at::zeros_like(in.student_logits)));
  const at::Tensor single = in.student_logits.narrow(0, 0, 1);
  EXPECT_TRUE(finite_with_gradient([&](const at::Tensor& student) { return skd_direction_loss(student, single); },
                                   in.teacher_logits.narrow(0, 0, 1)));
}

}  // namespace
}  // namespace retort::losses
