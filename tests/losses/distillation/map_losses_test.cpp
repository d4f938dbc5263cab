// Losses of feature maps: values by formula, gradients, hostile input.
#include <gtest/gtest.h>

#include "losses/distillation/ab.h"
#include "losses/distillation/at.h"
#include "losses/distillation/cwd.h"
#include "losses/distillation/fsp.h"
#include "losses/distillation/ft.h"
#include "losses/distillation/hostile_gradients.h"
#include "losses/distillation/kta.h"
#include "losses/distillation/maps.h"
#include "losses/distillation/nst.h"
#include "losses/distillation/ofd.h"
#include "losses/distillation/reviewkd.h"
#include "losses/distillation/sheet_inputs.h"
#include "support/grad_check.h"
#include "support/user_error.h"

namespace retort::losses {
namespace {

using MapLoss = std::function<at::Tensor(const at::Tensor& student, const at::Tensor& teacher)>;

class MapLosses : public testing::Test {
 protected:
  SheetInputs in;
  at::Tensor larger_map = tests::wave({2, 3, 8, 8}, .37, .1);

  /// Gradients at the sheet's maps (and at a larger student map, where sizes may differ).
  void expect_gradients(const MapLoss& loss, bool sizes_may_differ) const {
    const auto of_student = [&](const std::vector<at::Tensor>& x) { return loss(x[0], in.teacher_map); };
    EXPECT_TRUE(tests::grad_check(of_student, {in.student_map}));
    if (sizes_may_differ) {
      EXPECT_TRUE(tests::grad_check(of_student, {larger_map}));
    } else {
      EXPECT_THROW(loss(larger_map, in.teacher_map), UserError);
    }
  }

  /// Finite loss and gradient at maps of zeros, with dead channels, of one sample, and where the student is the
  /// teacher.
  void expect_hostile_maps_are_finite(const MapLoss& loss) const {
    const auto against = [&](const at::Tensor& teacher) {
      return [&loss, teacher](const at::Tensor& student) { return loss(student, teacher); };
    };
    const at::Tensor zeros = at::zeros_like(in.student_map);
    at::Tensor dead_channel = in.student_map.clone();
    dead_channel.select(1, 1).zero_();
    EXPECT_TRUE(finite_with_gradient(against(in.teacher_map), zeros)) << "student zero";
    EXPECT_TRUE(finite_with_gradient(against(zeros), in.student_map)) << "teacher zero";
    EXPECT_TRUE(finite_with_gradient(against(zeros), zeros)) << "both zero";
    EXPECT_TRUE(finite_with_gradient(against(in.teacher_map), dead_channel)) << "a channel is zero";
    EXPECT_TRUE(finite_with_gradient(against(in.student_map), in.student_map)) << "student is teacher";
    EXPECT_TRUE(finite_with_gradient(against(in.teacher_map.narrow(0, 0, 1)), in.student_map.narrow(0, 0, 1)))
        << "batch of one";
  }
};

TEST_F(MapLosses, at) {
  EXPECT_NEAR(at_loss({in.student_map}, {in.teacher_map}).item<double>(), 0.0178595467, sheet_tolerance);
  const MapLoss loss = [](const auto& student, const auto& teacher) { return at_loss({student}, {teacher}, {.p = 3}); };
  expect_gradients(loss, true);
  expect_hostile_maps_are_finite(loss);
  const at::Tensor both = at_loss({in.student_map, larger_map}, {in.teacher_map, in.teacher_map});
  EXPECT_NEAR(both.item<double>(), 0.0178595467 + at_loss({larger_map}, {in.teacher_map}).item<double>(),
              sheet_tolerance);
}

TEST_F(MapLosses, at_as_the_paper_writes_it) {
  const MapLoss loss = [](const auto& student, const auto& teacher) { return at_paper_loss({student}, {teacher}); };
  expect_gradients(loss, false);
  expect_hostile_maps_are_finite(loss);
}

TEST_F(MapLosses, maps_that_are_not_square_meet_at_the_smaller_of_each_side) {
  const auto [student, teacher] = averaged_to_smaller(at::ones({1, 2, 8, 3}), at::ones({1, 5, 4, 6}));
  EXPECT_EQ(student.sizes(), at::IntArrayRef({1, 2, 4, 3}));
  EXPECT_EQ(teacher.sizes(), at::IntArrayRef({1, 5, 4, 3}));
}

TEST_F(MapLosses, nst) {
  EXPECT_NEAR(nst_loss({in.student_map}, {in.teacher_map}).item<double>(), 0.7280579004, sheet_tolerance);
  const MapLoss loss = [](const auto& student, const auto& teacher) { return nst_loss({student}, {teacher}); };
  expect_gradients(loss, true);
  expect_hostile_maps_are_finite(loss);
}

TEST_F(MapLosses, fsp) {
  const at::Tensor student_next = tests::wave({2, 4, 4, 4}, .23, .4), teacher_next = tests::wave({2, 4, 4, 4}, .41, .2);
  EXPECT_NEAR(fsp_loss({in.student_map, student_next}, {in.teacher_map, teacher_next}).item<double>(), 0.1959657295,
              sheet_tolerance);
  for (const auto& flow_loss : {fsp_loss, fsp_column_norm_loss}) {
    const auto of_both = [&](const std::vector<at::Tensor>& x) {
      return flow_loss({x[0], x[1]}, {in.teacher_map, teacher_next});
    };
    EXPECT_TRUE(tests::grad_check(of_both, {in.student_map, student_next}));
    EXPECT_TRUE(tests::grad_check(of_both, {in.student_map, tests::wave({2, 4, 2, 2}, .23, .4)}));
    expect_hostile_maps_are_finite([&](const auto& student, const auto& teacher) {
      return flow_loss({student, student}, {teacher, teacher});
    });
    EXPECT_THROW(flow_loss({in.student_map}, {in.teacher_map}), UserError);
    EXPECT_THROW(flow_loss({in.student_map, student_next}, {in.teacher_map, in.teacher_map}), UserError);
  }
}

TEST_F(MapLosses, ft) {
  EXPECT_NEAR(ft_loss(in.student_map, in.teacher_map).item<double>(), 0.1178381202, sheet_tolerance);
  const MapLoss loss = [](const auto& student, const auto& teacher) { return ft_loss(student, teacher); };
  expect_gradients(loss, true);
  expect_hostile_maps_are_finite(loss);
}

TEST_F(MapLosses, ft_paper_and_kta) {
  for (const int64_t p : {1, 2, 3}) {
    const MapLoss whole_factors = [p](const auto& student, const auto& teacher) {
      return ft_paper_loss(student, teacher, {.p = p});
    };
    expect_gradients(whole_factors, false);
    expect_hostile_maps_are_finite(whole_factors);
    const MapLoss other_norm = [p](const auto& student, const auto& teacher) {
      return kta_loss(student, teacher, {.p = p, .q = 3});
    };
    expect_gradients(other_norm, false);
    expect_hostile_maps_are_finite(other_norm);
  }
}

TEST_F(MapLosses, affinity_equals_its_definition) {
  const auto matrices = [](const at::Tensor& map) {
    const at::Tensor rows = unit_or_zero(map.flatten(2));
    return at::matmul(rows.unsqueeze(3), rows.unsqueeze(2)) / 16;
  };
  const at::Tensor by_definition = (matrices(in.student_map) - matrices(in.teacher_map)).norm(2, {2, 3}).sum(1).mean();
  EXPECT_NEAR(affinity_loss(in.student_map, in.teacher_map).item<double>(), by_definition.item<double>(), 1e-12);
  const MapLoss loss = [](const auto& student, const auto& teacher) { return affinity_loss(student, teacher); };
  expect_gradients(loss, false);
  expect_hostile_maps_are_finite(loss);
  // Near the teacher, the difference of the matrices keeps its digits in float32.
  const at::Tensor close = in.teacher_map + 1e-4 * in.student_map;
  const double exact = affinity_loss(close, in.teacher_map).item<double>();
  EXPECT_NEAR(affinity_loss(close.to(at::kFloat), in.teacher_map.to(at::kFloat)).item<float>(), exact, 2e-3 * exact);
}

TEST_F(MapLosses, ab) {
  EXPECT_NEAR(activation_boundary_sum(in.student_map, in.teacher_map, 1).item<double>(), 148.2283228258, 1e-8);
  const MapLoss loss = [](const auto& student, const auto& teacher) {
    return ab_loss({student, student}, {teacher, teacher}, {.margin = 1.5});
  };
  expect_gradients(loss, false);
  expect_hostile_maps_are_finite(loss);
  EXPECT_NEAR(ab_loss({in.student_map, in.student_map}, {in.teacher_map, in.teacher_map}).item<double>(),
              1.5 * 148.2283228258 / 2 * 3 / 1000, 1e-9);
  // A teacher value of exactly 0 is off.
  EXPECT_EQ(activation_boundary_sum(at::full({1}, 0.5), at::zeros({1}), 1).item<float>(), 2.25);
}

TEST_F(MapLosses, cwd) {
  EXPECT_NEAR(cwd_loss(in.student_map, in.teacher_map).item<double>(), 0.4941141551, sheet_tolerance);
  EXPECT_NEAR(cwd_loss(in.student_map, in.teacher_map, {.temperature = 1}).item<double>(), 0.4227745448,
              sheet_tolerance);
  const MapLoss loss = [](const auto& student, const auto& teacher) { return cwd_loss(student, teacher); };
  const MapLoss cross_entropy = [](const auto& student, const auto& teacher) {
    return cwd_cross_entropy_loss(student, teacher, {.temperature = 4});
  };
  expect_gradients(loss, false);
  expect_gradients(cross_entropy, false);
  expect_hostile_maps_are_finite(loss);
  // The two differ by the teacher's entropy.
  EXPECT_NEAR(cross_entropy(in.teacher_map, in.teacher_map).item<double>() +
                  loss(in.student_map, in.teacher_map).item<double>(),
              cross_entropy(in.student_map, in.teacher_map).item<double>(), 1e-12);
}

TEST_F(MapLosses, ofd_margin) {
  const at::Tensor gamma = at::tensor({1., -.5, .1, 0., 0., 1e-3}, at::kDouble),
                   beta = at::tensor({0., .2, 1., -.4, .4, -5.}, at::kDouble);
  const at::Tensor margin = ofd_margin(gamma, beta);
  const double expected[] = {-0.7978845608, -0.3343780859, -0.3, -0.4, 0, -5};
  for (int64_t channel = 0; channel < 6; ++channel) {
    EXPECT_NEAR(margin[channel].item<double>(), expected[channel], sheet_tolerance) << channel;
  }
  EXPECT_EQ(ofd_margin(gamma.to(at::kFloat), beta.to(at::kFloat)).scalar_type(), at::kFloat);
}

TEST_F(MapLosses, ofd) {
  const at::Tensor margin = at::tensor({-.3, -.5, -.1}, at::kDouble).view({1, 3, 1, 1});
  EXPECT_NEAR(ofd_feature_loss(in.student_map, in.teacher_map, margin).item<double>(), 35.9515900419, 1e-9);
  const MapLoss loss = [&](const auto& student, const auto& teacher) {
    return ofd_feature_loss(student, teacher, margin);
  };
  expect_gradients(loss, false);
  expect_hostile_maps_are_finite(loss);
  EXPECT_THROW(ofd_feature_loss(in.student_map, in.teacher_map, margin.flatten()), UserError);
}

TEST_F(MapLosses, hcl) {
  EXPECT_NEAR(hcl_loss({in.student_map}, {in.teacher_map}).item<double>(), 0.7070142455, sheet_tolerance);
  EXPECT_NEAR(hcl_loss({larger_map}, {tests::wave({2, 3, 8, 8}, .53, .9)}).item<double>(), 0.5816475439,
              sheet_tolerance);
  const MapLoss loss = [](const auto& student, const auto& teacher) { return hcl_loss({student}, {teacher}); };
  expect_gradients(loss, false);
  expect_hostile_maps_are_finite(loss);
}

}  // namespace
}  // namespace retort::losses
