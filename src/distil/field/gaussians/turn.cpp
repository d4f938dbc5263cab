#include "distil/field/gaussians/turn.h"

#include <ATen/ATen.h>

#include <cmath>
#include <map>

#include "core/errors.h"
#include "distil/field/splat/render.h"

namespace retort::field {

namespace {
constexpr int turned_degree = 3;

// Directions [64,3] spread evenly over the sphere.
at::Tensor spread_directions() {
  constexpr int64_t count = 64;
  const auto index = at::arange(count, at::kDouble);
  const auto height = (index * 2 + 1) / double{count} - 1;
  const auto angle = index * (M_PI * (3 - std::sqrt(5.0)));
  const auto radius = (height * height).neg().add(1).sqrt();
  return at::stack({radius * angle.cos(), radius * angle.sin(), height}, 1);
}

// Values [n,16] of all basis functions.
at::Tensor basis_values(const at::Tensor& directions) {
  const int64_t coefficients = (turned_degree + 1) * (turned_degree + 1);
  const auto each = at::eye(coefficients, directions.options());
  std::vector<at::Tensor> columns;
  for (int64_t index = 0; index < coefficients; ++index) {
    const auto sh = each[index].expand({directions.size(0), 3, coefficients}).contiguous();
    columns.push_back(splat::eval_sh(sh, directions, turned_degree).select(1, 0));
  }
  return at::stack(columns, 1);
}

// The matrix [16,16] that turns coefficients: what the turned scene shows in a direction is what the scene shows in the
// direction turned back, and 16 basis functions are told apart by their values in 64 directions.
at::Tensor harmonics_rotation(const at::Tensor& rotation) {
  const auto directions = spread_directions();
  const auto before = basis_values(at::mm(directions, rotation).contiguous());  // rows times R: R^-1 d
  const auto matrix = at::mm(at::linalg_pinv(basis_values(directions)), before);
  // What is left of the zeros is rounding.
  return at::where(matrix.abs() < 1e-9, at::zeros_like(matrix), matrix);
}
}  // namespace

void move_splats(splat::SplatParameters& splats, const SplatMove& move) {
  const auto rows = rotation_of(move.rotation);
  const auto matrix = at::tensor(std::vector<double>(rows.begin(), rows.end())).view({3, 3});
  const bool is_turned = move.rotation != SplatMove{}.rotation, is_scaled = move.scale != 1;
  if (is_turned || is_scaled || move.shift != SplatMove{}.shift) {
    const auto shift = at::tensor(std::vector<double>(move.shift.begin(), move.shift.end()));
    const auto turned = at::mm(splats.means.to(at::kDouble), matrix.t());
    splats.means = (turned * move.scale + shift).to(at::kFloat).contiguous();
  }
  if (is_scaled) splats.log_scales = (splats.log_scales.to(at::kDouble) + std::log(move.scale)).to(at::kFloat);
  if (!is_turned) return;
  const auto [w, x, y, z] = move.rotation;
  // Product of the quaternions, rotation first: columns are what w, x, y, z of a splat's become.
  const auto product =
      at::tensor(std::vector<double>{w, -x, -y, -z, x, w, -z, y, y, z, w, -x, z, -y, x, w}).view({4, 4});
  splats.quaternions = at::mm(splats.quaternions.to(at::kDouble), product.t()).to(at::kFloat).contiguous();
  splats.sh = at::matmul(harmonics_rotation(matrix), splats.sh.to(at::kDouble)).to(at::kFloat).contiguous();
}

GaussianField turned_field(GaussianField field, const Quaternion& rotation) {
  move_splats(field.splats, {.rotation = rotation});
  field.splats.check();
  return field;
}

const std::vector<std::string>& axis_names() {
  static const std::vector<std::string> names = {"x", "-x", "y", "-y", "z", "-z"};
  return names;
}

Quaternion rotation_to_up(const std::string& axis) {
  static const std::map<std::string, Quaternion> rotations = {
      {"-y", {1, 0, 0, 0}},
      {"y", {0, 1, 0, 0}},
      {"z", {M_SQRT1_2, -M_SQRT1_2, 0, 0}},
      {"-z", {M_SQRT1_2, M_SQRT1_2, 0, 0}},
      {"x", {M_SQRT1_2, 0, 0, M_SQRT1_2}},
      {"-x", {M_SQRT1_2, 0, 0, -M_SQRT1_2}},
  };
  const auto found = rotations.find(axis);
  RT_CHECK(found != rotations.end(), "no axis '{}'", axis);
  return found->second;
}

}  // namespace retort::field
