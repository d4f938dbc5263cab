// Losses of relations between samples or channels: values by formula, gradients, hostile input.
#include <gtest/gtest.h>

#include "losses/distillation/cc.h"
#include "losses/distillation/hostile_gradients.h"
#include "losses/distillation/ickd.h"
#include "losses/distillation/maps.h"
#include "losses/distillation/pkt.h"
#include "losses/distillation/rkd.h"
#include "losses/distillation/sheet_inputs.h"
#include "losses/distillation/sp.h"
#include "support/grad_check.h"
#include "support/user_error.h"

namespace retort::losses {
namespace {

using PairLoss = std::function<at::Tensor(const at::Tensor&, const at::Tensor&)>;

testing::AssertionResult pair_gradient(const PairLoss& loss, const at::Tensor& student, const at::Tensor& teacher) {
  return tests::grad_check([&](const std::vector<at::Tensor>& x) { return loss(x[0], teacher); }, {student});
}

/// Finite loss and gradient where samples coincide, where they are zero, where the student is the teacher, and in a
/// batch of one.
void expect_hostile_embeddings_are_finite(const PairLoss& loss) {
  const SheetInputs in;
  const auto against = [&](const at::Tensor& teacher) {
    return [&loss, teacher](const at::Tensor& student) { return loss(student, teacher); };
  };
  at::Tensor coinciding = in.student_embedding.clone();
  coinciding[2] = coinciding[0];
  at::Tensor one_zero = in.student_embedding.clone();
  one_zero[1].zero_();
  EXPECT_TRUE(finite_with_gradient(against(in.teacher_embedding), coinciding)) << "samples coincide";
  EXPECT_TRUE(finite_with_gradient(against(in.teacher_embedding), one_zero, 1e8)) << "a sample is zero";
  EXPECT_TRUE(finite_with_gradient(against(in.teacher_embedding), at::zeros({4, 6}, at::kDouble), 1e8)) << "all zero";
  EXPECT_TRUE(finite_with_gradient(against(at::zeros({4, 6}, at::kDouble)), in.student_embedding)) << "teacher zero";
  EXPECT_TRUE(finite_with_gradient(against(in.student_embedding), in.student_embedding)) << "student is teacher";
  EXPECT_TRUE(finite_with_gradient(against(in.teacher_embedding.narrow(0, 0, 1)), in.student_embedding.narrow(0, 0, 1)))
      << "batch of one";
}

TEST(RelationLosses, rkd) {
  const SheetInputs in;
  EXPECT_NEAR(rkd_distance_loss(in.student_embedding, in.teacher_embedding).item<double>(), 0.0982025522,
              sheet_tolerance);
  EXPECT_NEAR(rkd_angle_loss(in.student_embedding, in.teacher_embedding).item<double>(), 0.1115136537, sheet_tolerance);
  EXPECT_NEAR(rkd_loss(in.student_embedding, in.teacher_embedding).item<double>(),
              25 * 0.0982025522 + 50 * 0.1115136537, 1e-8);
  const PairLoss loss = [](const auto& student, const auto& teacher) { return rkd_loss(student, teacher); };
  EXPECT_TRUE(pair_gradient(loss, in.student_embedding, in.teacher_embedding));
  const PairLoss squared = [](const auto& student, const auto& teacher) {
    return rkd_distance_loss(student, teacher, {.squared = true});
  };
  EXPECT_TRUE(pair_gradient(squared, in.student_embedding, in.teacher_embedding));
  expect_hostile_embeddings_are_finite(loss);
  expect_hostile_embeddings_are_finite(squared);
}

TEST(RelationLosses, rkd_of_one_sample_is_zero) {
  const SheetInputs in;
  EXPECT_EQ(rkd_loss(in.student_embedding.narrow(0, 0, 1), in.teacher_embedding.narrow(0, 0, 1)).item<double>(), 0);
}

TEST(RelationLosses, sp) {
  const SheetInputs in;
  EXPECT_NEAR(sp_loss(in.student_map, in.teacher_map).item<double>(), 0.0612720136, sheet_tolerance);
  const PairLoss loss = [](const auto& student, const auto& teacher) { return sp_loss(student, teacher); };
  EXPECT_TRUE(pair_gradient(loss, in.student_map, in.teacher_map));
  expect_hostile_embeddings_are_finite(loss);
}

TEST(RelationLosses, pkt) {
  const SheetInputs in;
  EXPECT_NEAR(pkt_loss(in.student_embedding, in.teacher_embedding).item<double>(), 0.2286516067, 1e-6);
  const PairLoss loss = [](const auto& student, const auto& teacher) { return pkt_loss(student, teacher); };
  EXPECT_TRUE(pair_gradient(loss, in.student_embedding, in.teacher_embedding));
  expect_hostile_embeddings_are_finite(loss);
}

TEST(RelationLosses, cc) {
  const SheetInputs in;
  EXPECT_NEAR(cc_loss(in.student_embedding, in.teacher_embedding).item<double>(), 5.1010941525, 1e-9);
  const auto both = [](const std::vector<at::Tensor>& x) { return cc_loss(x[0], x[1]); };
  EXPECT_TRUE(tests::grad_check(both, {in.student_embedding, in.teacher_embedding}));
  const PairLoss loss = [](const auto& student, const auto& teacher) { return cc_loss(student, teacher); };
  expect_hostile_embeddings_are_finite(loss);
  EXPECT_EQ(cc_loss(in.student_embedding.narrow(0, 0, 1), in.teacher_embedding.narrow(0, 0, 1)).item<double>(), 0);
}

TEST(RelationLosses, cc_kernel) {
  const SheetInputs in;
  for (const auto kernel : {CorrelationKernel::gaussian, CorrelationKernel::bilinear}) {
    const CcKernelOptions options{.kernel = kernel, .gamma = 0.3, .max_p = 3};
    const auto both = [&](const std::vector<at::Tensor>& x) { return cc_kernel_loss(x[0], x[1], options); };
    EXPECT_TRUE(tests::grad_check(both, {in.student_embedding, in.teacher_embedding}));
    expect_hostile_embeddings_are_finite(
        [&](const auto& student, const auto& teacher) { return cc_kernel_loss(student, teacher, options); });
  }
  // Of unit vectors, the series tends to exp(-gamma |a - b|^2).
  const at::Tensor units = unit_or_zero(in.student_embedding), others = unit_or_zero(in.teacher_embedding);
  const auto kernel = [](const at::Tensor& x) { return at::exp(-0.3 * at::cdist(x, x).square()); };
  EXPECT_NEAR(cc_kernel_loss(units, others, {.gamma = 0.3, .max_p = 12}).item<double>(),
              (kernel(units) - kernel(others)).norm().item<double>() / 16, 1e-7);
}

TEST(RelationLosses, ickd) {
  const SheetInputs in;
  const PairLoss loss = [](const auto& student, const auto& teacher) { return ickd_loss(student, teacher); };
  EXPECT_TRUE(pair_gradient(loss, in.student_map, in.teacher_map));
  at::Tensor dead_channel = in.student_map.clone();
  dead_channel.select(1, 1).zero_();
  EXPECT_TRUE(
      finite_with_gradient([&](const auto& student) { return ickd_loss(student, in.teacher_map); }, dead_channel));
  EXPECT_THROW(ickd_loss(in.student_map, in.teacher_map.narrow(1, 0, 2)), UserError);
}

}  // namespace
}  // namespace retort::losses
