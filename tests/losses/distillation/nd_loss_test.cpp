// Norm and direction: the sheet's numbers, both branches of the norm, and vectors without length.
#include "losses/distillation/nd_loss.h"

#include <gtest/gtest.h>

#include "losses/distillation/hostile_gradients.h"
#include "losses/distillation/scoped_gradients.h"
#include "losses/distillation/sheet_inputs.h"
#include "support/grad_check.h"

namespace retort::losses {
namespace {

class NormAndDirection : public testing::Test {
 protected:
  SheetInputs in;
  at::Tensor means = tests::wave({5, 6}, .47, .3);
  std::function<at::Tensor(const at::Tensor&)> loss(const NdOptions& options = {}) const {
    return [this, options](const at::Tensor& student) {
      return nd_loss(student, in.teacher_embedding, means, in.labels, options);
    };
  }
};

TEST_F(NormAndDirection, has_the_sheets_value_and_gradient) {
  EXPECT_NEAR(loss()(in.student_embedding).item<double>(), 1.3640532804, sheet_tolerance);
  EXPECT_NEAR(loss({.weight = 2})(in.student_embedding).item<double>(), 2 * 1.3640532804, 1e-9);
  for (const auto form : {NdForm::norm_and_direction, NdForm::direction}) {
    EXPECT_TRUE(
        tests::grad_check([&](const std::vector<at::Tensor>& x) { return loss({.weight = 1.5, .form = form})(x[0]); },
                          {in.student_embedding}));
  }
}

TEST_F(NormAndDirection, lets_a_long_embedding_only_turn) {
  const at::Tensor leaf = (10 * in.student_embedding).requires_grad_(true);
  const at::Tensor gradient = torch::autograd::grad({loss()(leaf)}, {leaf})[0];
  EXPECT_LT((gradient * leaf).sum(1).abs().max().item<double>(), 1e-12);
  EXPECT_NEAR(loss()(leaf).item<double>(), loss({.form = NdForm::direction})(leaf).item<double>(), 1e-12);
}

TEST_F(NormAndDirection, pushes_the_norm_by_a_step) {
  const at::Tensor leaf = in.student_embedding.clone().requires_grad_(true);
  const at::Tensor value = loss({.form = NdForm::norm, .norm_step = .5})(leaf);
  EXPECT_NEAR(value.item<double>(), .25, 1e-12);
  const at::Tensor expected = -2 * .5 / 4 * leaf.detach() / leaf.detach().norm(2, {1}, true);
  EXPECT_TRUE(at::allclose(torch::autograd::grad({value}, {leaf})[0], expected));
}

TEST_F(NormAndDirection, stays_finite_without_lengths) {
  const at::Tensor none = at::zeros({4, 6}, at::kDouble);
  for (const auto form : {NdForm::norm_and_direction, NdForm::direction, NdForm::norm}) {
    EXPECT_TRUE(finite_with_gradient(loss({.form = form}), none));
  }
  const auto without_teacher = [&](const at::Tensor& student) { return nd_loss(student, none, means, in.labels); };
  EXPECT_TRUE(finite_with_gradient(without_teacher, none));
  EXPECT_DOUBLE_EQ(without_teacher(none).item<double>(), 1);
  // A class that has no samples has a mean of zero.
  means = at::zeros_like(means);
  EXPECT_TRUE(finite_with_gradient(loss(), in.student_embedding));
  EXPECT_DOUBLE_EQ(loss()(in.student_embedding).item<double>(), 1);
}

TEST_F(NormAndDirection, projects_to_the_teachers_width) {
  const ScopedLoss projected = [](const nn::Scope& scope, const auto& x) {
    return nd_projection(scope, x[0], 9).square().mean();
  };
  EXPECT_TRUE(gradients_hold(projected, {in.student_embedding}));
  EXPECT_EQ(fresh_weights(projected, {in.student_embedding}).shape_of("2.weight"), (std::vector<int64_t>{9, 6}));
  EXPECT_EQ(parameters_of(projected, {in.student_embedding}),
            (std::vector<std::string>{"0.bias", "0.weight", "2.bias", "2.weight"}));
}

}  // namespace
}  // namespace retort::losses
