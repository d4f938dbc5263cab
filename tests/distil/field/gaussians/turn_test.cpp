#include "distil/field/gaussians/turn.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "distil/field/splat/render.h"

namespace retort::field {
namespace {

GaussianField random_field(int64_t size) {
  at::manual_seed(3);
  GaussianField field;
  field.sh_degree = 3;
  field.splats.means = at::randn({size, 3});
  field.splats.quaternions = at::randn({size, 4});
  field.splats.log_scales = at::randn({size, 3});
  field.splats.opacity_logits = at::randn({size});
  field.splats.sh = 0.3 * at::randn({size, 16, 3});
  field.splats.features = at::randn({size, 2});
  return field;
}

at::Tensor matrix_of(const Quaternion& rotation) {
  const auto rows = rotation_of(rotation);
  return at::tensor(std::vector<double>(rows.begin(), rows.end())).view({3, 3});
}

// Rotation matrices [P,3,3] of the splats.
at::Tensor matrices_of(const GaussianField& field) {
  std::vector<at::Tensor> matrices;
  for (int64_t row = 0; row < field.size(); ++row) {
    const auto q = field.splats.quaternions[row].to(at::kDouble);
    const auto unit = q / q.norm();
    matrices.push_back(
        matrix_of({unit[0].item<double>(), unit[1].item<double>(), unit[2].item<double>(), unit[3].item<double>()}));
  }
  return at::stack(matrices);
}

TEST(Turn, CamerasTurnedAlikeSeeTheSameColours) {
  const auto field = random_field(40);
  const double length = std::sqrt(1 + 4 + 9 + 16.0);
  const Quaternion rotation = {1 / length, -2 / length, 3 / length, 4 / length};
  const auto turned = turned_field(field, rotation);
  const auto matrix = matrix_of(rotation).to(at::kFloat);
  const auto eye = at::tensor({0.5f, -4.f, 2.f});
  const auto before = splat::spherical_harmonics(field.splats.means, eye, field.splats.sh, 3);
  const auto after = splat::spherical_harmonics(turned.splats.means, at::mv(matrix, eye), turned.splats.sh, 3);
  EXPECT_LT((before - after).abs().max().item<double>(), 1e-5);
  // It would notice: the harmonics as they were give other colours.
  const auto unturned = splat::spherical_harmonics(turned.splats.means, at::mv(matrix, eye), field.splats.sh, 3);
  EXPECT_GT((before - unturned).abs().max().item<double>(), 0.1);
  EXPECT_LT((turned.splats.means - at::mm(field.splats.means, matrix.t())).abs().max().item<double>(), 1e-5);
  EXPECT_LT((matrices_of(turned) - at::matmul(matrix_of(rotation), matrices_of(field))).abs().max().item<double>(),
            1e-5);
}

TEST(Turn, MinusYComesUp) {
  const std::map<std::string, std::vector<double>> axes = {{"x", {1, 0, 0}},   {"-x", {-1, 0, 0}}, {"y", {0, 1, 0}},
                                                           {"-y", {0, -1, 0}}, {"z", {0, 0, 1}},   {"-z", {0, 0, -1}}};
  const auto up = at::tensor({0.0, -1.0, 0.0});
  for (const auto& name : axis_names()) {
    const auto turned = at::mv(matrix_of(rotation_to_up(name)), up);
    EXPECT_LT((turned - at::tensor(axes.at(name))).abs().max().item<double>(), 1e-12) << name;
  }
}

TEST(Turn, HalfATurnTwiceIsNone) {
  const auto field = random_field(5);
  const auto once = turned_field(field, rotation_to_up("y"));
  const auto twice = turned_field(once, rotation_to_up("y"));
  EXPECT_TRUE(at::allclose(once.splats.means.select(1, 1), -field.splats.means.select(1, 1)));
  EXPECT_TRUE(at::allclose(twice.splats.sh, field.splats.sh, 1e-6, 1e-7));
  EXPECT_TRUE(at::allclose(twice.splats.means, field.splats.means));
}

}  // namespace
}  // namespace retort::field
