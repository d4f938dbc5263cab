// Pseudo-subclasses: the sheet's example and properties, gradients, classes with nothing to split by.
#include "losses/distillation/lelp.h"

#include <gtest/gtest.h>

#include <cmath>

#include "losses/distillation/hostile_gradients.h"
#include "losses/distillation/kd.h"
#include "losses/distillation/sheet_inputs.h"
#include "support/grad_check.h"
#include "support/user_error.h"

namespace retort::losses {
namespace {

class Lelp : public testing::Test {
 protected:
  at::Tensor teacher = tests::wave({4, 2}, 1.1, .5, 3), scores = tests::wave({4, 2, 3}, .7, .3, 2),
             scale = at::tensor({.5, 2.}, at::kDouble), labels = at::tensor({1, 0, 0, 1}, at::kLong),
             student = tests::wave({4, 6}, .9, .1, 2);
};

TEST_F(Lelp, has_the_sheets_targets) {
  const at::Tensor logits = at::tensor({std::log(.7), std::log(.3)}, at::kDouble).view({1, 2});
  const at::Tensor split = at::tensor({1., -1., .5, .5}, at::kDouble).view({1, 2, 2});
  EXPECT_TRUE(at::allclose(subclass_targets(logits, split, at::ones({2}, at::kDouble)),
                           at::tensor({.7 * .8807970780, .7 * .1192029220, .15, .15}, at::kDouble).view({1, 4}), 0,
                           1e-10));
}

TEST_F(Lelp, targets_sum_to_the_teachers_classes) {
  const at::Tensor targets = subclass_targets(teacher, scores, scale, {.beta = .3, .temperature = 2});
  EXPECT_TRUE(at::allclose(targets.view({4, 2, 3}).sum(2), at::softmax(teacher / 2, 1), 0, 1e-12));
  EXPECT_TRUE(
      at::allclose(subclass_targets(teacher + 5, scores, scale, {.beta = .3, .temperature = 2}), targets, 0, 1e-12));
}

TEST_F(Lelp, of_one_subclass_is_kd) {
  const at::Tensor own = tests::wave({4, 2}, .9, .1, 2);
  const at::Tensor targets = subclass_targets(teacher, scores.narrow(2, 0, 1), scale, {.temperature = 2});
  const auto gradient = [&](const std::function<at::Tensor(const at::Tensor&)>& loss) {
    const at::Tensor leaf = own.clone().requires_grad_(true);
    return torch::autograd::grad({loss(leaf)}, {leaf})[0];
  };
  EXPECT_TRUE(
      at::allclose(gradient([&](const at::Tensor& x) { return lelp_loss(x, targets, labels, {.temperature = 2}); }),
                   gradient([&](const at::Tensor& x) { return kd_loss(x, teacher, {.temperature = 2}); }), 0, 1e-12));
}

TEST_F(Lelp, has_gradients_that_hold) {
  const at::Tensor targets = subclass_targets(teacher, scores, scale);
  for (const double alpha : {0., .4, 1.}) {
    EXPECT_TRUE(tests::grad_check(
        [&](const std::vector<at::Tensor>& x) {
          return lelp_loss(x[0], targets, labels, {.temperature = 2, .alpha = alpha, .subclasses = 3});
        },
        {student}))
        << alpha;
  }
}

TEST_F(Lelp, adds_up_subclasses) {
  EXPECT_TRUE(at::allclose(class_log_probabilities(student, 3).exp(), at::softmax(student, 1).view({4, 2, 3}).sum(2), 0,
                           1e-12));
  EXPECT_EQ(tests::user_error_of([&] { class_log_probabilities(student, 4); }),
            "lelp: 6 student logits are no whole number of classes of 4 subclasses");
}

TEST_F(Lelp, stays_finite) {
  // A class without samples has no scale: it is split evenly.
  const at::Tensor targets = subclass_targets(teacher, scores, at::zeros({2}, at::kDouble));
  EXPECT_TRUE(at::allclose(targets.view({4, 2, 3}), (at::softmax(teacher, 1) / 3).unsqueeze(2).expand({4, 2, 3})));
  const LelpOptions options{.alpha = .5, .subclasses = 3};
  const auto loss = [&](const at::Tensor& x) { return lelp_loss(x, targets, labels, options); };
  EXPECT_TRUE(finite_with_gradient(loss, at::zeros({4, 6}, at::kDouble)));
  EXPECT_TRUE(finite_with_gradient(loss, 1e5 * student));
  EXPECT_TRUE(finite_with_gradient(loss, -1e5 * student));
}

}  // namespace
}  // namespace retort::losses
