#include "distil/field/teachers/feature_basis.h"

#include <ATen/ATen.h>

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "core/errors.h"
#include "core/random.h"
#include "core/text.h"
#include "io/array.h"
#include "io/dtype.h"
#include "io/tensor/tensor_io.h"

namespace retort::field {

namespace {
using BasisMatrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// Pixels reduced at a time: the float copy of 2048 channels then takes 16 MB.
constexpr int64_t pixels_per_block = 2048;
/// The basis of a scene is fitted on so many maps, spread evenly, and so many of their pixels together.
constexpr int64_t maps_in_basis_sample = 64, pixels_in_basis_sample = 16384;

at::Tensor as_half_pixels(const at::Tensor& map, int64_t channels, const char* what) {
  RT_CHECK(map.dim() == 3 && map.size(0) == channels, "{}: wants [{},h,w], got {}", what, channels,
           io::shape_text(map.sizes().vec()));
  return map.to(at::kHalf).contiguous();
}

const uint16_t* half_bits(const at::Tensor& map) { return static_cast<const uint16_t*>(map.data_ptr()); }

/// A float32 matrix [R,C] times the pixels of a float16 map [C,h,w], as float16 [R,h,w].
at::Tensor multiplied_pixels(const at::Tensor& matrix, const at::Tensor& map) {
  const int64_t channels = matrix.size(1), results = matrix.size(0), pixels = map.size(1) * map.size(2);
  auto result = at::empty({results, map.size(1), map.size(2)}, at::kHalf);
  const uint16_t* from = half_bits(map);
  auto* to = static_cast<uint16_t*>(result.data_ptr());
  const Eigen::Map<const BasisMatrix> factors(matrix.data_ptr<float>(), results, channels);
  for (int64_t begin = 0; begin < pixels; begin += pixels_per_block) {
    const int64_t count = std::min(pixels_per_block, pixels - begin);
    BasisMatrix block(channels, count);
    for (int64_t c = 0; c < channels; ++c)
      for (int64_t p = 0; p < count; ++p) block(c, p) = io::half_to_float(from[c * pixels + begin + p]);
    const BasisMatrix product = factors * block;
    for (int64_t r = 0; r < results; ++r)
      for (int64_t p = 0; p < count; ++p) to[r * pixels + begin + p] = io::float_to_half(product(r, p));
  }
  return result;
}

/// Makes the sign of each direction a property of the data, not of the solver.
void fix_signs(BasisMatrix& columns) {
  for (Eigen::Index column = 0; column < columns.cols(); ++column) {
    Eigen::Index largest = 0;
    columns.col(column).cwiseAbs().maxCoeff(&largest);
    if (columns(largest, column) < 0) columns.col(column) *= -1.0F;
  }
}
/// Orthonormal cosine transform (DCT-II), [n,n]: its first row is constant, so a lone large coordinate is dealt out to
/// all others.
BasisMatrix cosine_rotation(Eigen::Index n) {
  BasisMatrix rotation(n, n);
  for (Eigen::Index row = 0; row < n; ++row) {
    const double scale = std::sqrt((row == 0 ? 1.0 : 2.0) / static_cast<double>(n));
    for (Eigen::Index column = 0; column < n; ++column) {
      const double angle = std::numbers::pi * (static_cast<double>(column) + 0.5) * static_cast<double>(row);
      rotation(row, column) = static_cast<float>(scale * std::cos(angle / static_cast<double>(n)));
    }
  }
  return rotation;
}
}  // namespace

at::Tensor FeatureBasis::reduce_map(const at::Tensor& map) const {
  return multiplied_pixels(columns.t().contiguous(), as_half_pixels(map, channels(), "feature basis"));
}

at::Tensor FeatureBasis::expand_halves(const at::Tensor& reduced) const {
  return multiplied_pixels(columns.contiguous(), as_half_pixels(reduced, reduced_channels(), "feature basis"));
}

at::Tensor FeatureBasis::expand_map(const at::Tensor& reduced) const {
  RT_CHECK(reduced.dim() == 3 && reduced.size(0) == reduced_channels(), "feature basis: wants [{},h,w], got {}",
           reduced_channels(), io::shape_text(reduced.sizes().vec()));
  return at::matmul(columns, reduced.to(at::kFloat).flatten(1)).view({channels(), reduced.size(1), reduced.size(2)});
}

at::Tensor FeatureBasis::reduce_directions(const at::Tensor& directions) const {
  RT_CHECK(directions.dim() >= 1 && directions.size(-1) == channels(), "feature basis: wants directions of {}, got {}",
           channels(), io::shape_text(directions.sizes().vec()));
  return at::matmul(directions.to(at::kFloat), columns);
}

void FeatureBasis::save(const std::filesystem::path& file) const {
  io::save_safetensors(file, {{"columns", columns}, {"kept_energy", at::full({1}, kept_energy, at::kDouble)}},
                       {{"kind", "feature_basis"}});
}

FeatureBasis FeatureBasis::load(const std::filesystem::path& file) {
  auto tensors = io::load_safetensors(file);
  const auto columns = tensors.find("columns"), energy = tensors.find("kept_energy");
  const bool fits = columns != tensors.end() && energy != tensors.end() && columns->second.dim() == 2 &&
                    columns->second.scalar_type() == at::kFloat && energy->second.numel() == 1 &&
                    energy->second.scalar_type() == at::kDouble && columns->second.size(1) >= 1 &&
                    columns->second.size(0) >= columns->second.size(1);
  if (!fits) user_error("{}: is no feature basis; 'columns' [C,R] float32 and 'kept_energy' are wanted", file.string());
  return {columns->second, energy->second.item<double>()};
}

struct BasisFitter::Sums {
  int64_t channels;
  Eigen::MatrixXd second_moment;  ///< lower triangle of the sum of f f^T
};

BasisFitter::BasisFitter(int64_t channels) : sums_(std::make_unique<Sums>()) {
  sums_->channels = channels;
  sums_->second_moment = Eigen::MatrixXd::Zero(channels, channels);
}

BasisFitter::~BasisFitter() = default;

void BasisFitter::add(const at::Tensor& map, int64_t pixels, uint64_t key) {
  const auto source = as_half_pixels(map, sums_->channels, "feature basis");
  const int64_t available = source.size(1) * source.size(2);
  std::vector<int64_t> chosen(std::min(pixels, available));
  if (available <= pixels) {
    std::iota(chosen.begin(), chosen.end(), int64_t{0});
  } else {
    auto generator = RandomTree(0).child("feature_basis").child(key).generator();
    for (auto& pixel : chosen) pixel = generator.integer(available);
  }
  const uint16_t* values = half_bits(source);
  Eigen::MatrixXd features(sums_->channels, static_cast<Eigen::Index>(chosen.size()));
  for (size_t column = 0; column < chosen.size(); ++column)
    for (int64_t c = 0; c < sums_->channels; ++c)
      features(c, static_cast<Eigen::Index>(column)) = io::half_to_float(values[c * available + chosen[column]]);
  sums_->second_moment.selfadjointView<Eigen::Lower>().rankUpdate(features);
}

FeatureBasis BasisFitter::fit(int64_t reduced_channels, const std::string& what) const {
  RT_CHECK(reduced_channels >= 1 && reduced_channels <= sums_->channels, "feature basis: {} of {} channels",
           reduced_channels, sums_->channels);
  const double energy = sums_->second_moment.trace();
  if (!(energy > 0)) user_error("{}: all features are zero, so there is nothing to reduce; leave reduce_to at 0", what);
  // Eigenvalues come in ascending order.
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(sums_->second_moment);
  RT_CHECK(solver.info() == Eigen::Success, "feature basis: the eigenvalues of {} do not converge", what);
  BasisMatrix leading = solver.eigenvectors().rightCols(reduced_channels).rowwise().reverse().cast<float>();
  fix_signs(leading);
  leading *= cosine_rotation(reduced_channels);
  auto columns = at::empty({sums_->channels, reduced_channels}, at::kFloat);
  std::copy_n(leading.data(), leading.size(), columns.data_ptr<float>());
  return {columns, std::min(1.0, solver.eigenvalues().tail(reduced_channels).sum() / energy)};
}

FeatureBasis sampled_basis(const std::vector<int64_t>& maps, int64_t channels, int64_t reduced_channels,
                           const std::string& what, const std::function<at::Tensor(int64_t)>& read) {
  const auto all = static_cast<int64_t>(maps.size());
  const int64_t sampled = std::min(all, maps_in_basis_sample);
  const int64_t pixels = (pixels_in_basis_sample + sampled - 1) / std::max<int64_t>(sampled, 1);
  BasisFitter fitter(channels);
  for (int64_t i = 0; i < sampled; ++i) {
    const int64_t map = maps[i * all / sampled];
    fitter.add(read(map), pixels, static_cast<uint64_t>(map));
  }
  return fitter.fit(reduced_channels, what);
}

}  // namespace retort::field
