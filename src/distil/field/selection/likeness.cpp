#include "distil/field/selection/likeness.h"

#include <ATen/ATen.h>

#include "core/errors.h"
#include "distil/field/language/query.h"
#include "metrics/unit_vectors.h"

namespace retort::field {

namespace {
constexpr double constant_harmonic = 0.28209479177387814;
constexpr double unlike_colours = 0.5;  ///< a distance in RGB at which colours are not alike at all

at::Tensor colours_of(const at::Tensor& harmonics) {
  return (harmonics.select(1, 0) * constant_harmonic + 0.5).clamp(0, 1);
}
}  // namespace

at::Tensor Likeness::rows(const at::Tensor& splats) const {
  if (!by_features()) return colours_of(field_.splats.sh.index_select(0, splats));
  return metrics::unit_vectors(decode_features(field_, field_.splats.features.index_select(0, splats)));
}

at::Tensor Likeness::rows_about(const std::vector<int64_t>& splats, const SplatNeighbours& neighbours,
                                const at::Tensor& weights) const {
  const auto own = at::tensor(splats, at::kLong).unsqueeze(1);
  const auto near = neighbours.indices.index_select(0, own.squeeze(1)).to(at::kLong);
  const auto together = at::cat({own, near}, 1);  // [M, 1 + k]
  const auto all = rows(together.flatten());
  const auto shares = weights.index_select(0, together.flatten()).view({own.size(0), -1, 1}).clamp_min(1e-6);
  const auto means = (all.view({own.size(0), together.size(1), -1}) * shares).sum(1) / shares.sum(1);
  return by_features() ? metrics::unit_vectors(means) : means;
}

at::Tensor Likeness::between(const at::Tensor& rows, const at::Tensor& examples) const {
  if (by_features()) return at::matmul(rows, metrics::unit_vectors(examples).t());
  return 1 - at::cdist(rows, examples) / unlike_colours;
}

at::Tensor Likeness::of_all(const at::Tensor& examples) const {
  if (by_features()) return splat_cosines(field_, examples, pool_, isa_);
  return between(colours_of(field_.splats.sh), examples);
}

SmoothedValues::SmoothedValues(const at::Tensor& values, const SplatNeighbours& neighbours, const at::Tensor& weights)
    : values_(values.contiguous()),
      weights_(weights.contiguous()),
      neighbours_(neighbours.indices),
      value_(values_.data_ptr<float>()),
      weight_(weights_.data_ptr<float>()),
      index_(neighbours_.data_ptr<int32_t>()),
      neighbours_a_splat_(neighbours_.size(1)) {
  RT_CHECK(values_.dim() == 1 && weights_.sizes() == values_.sizes() && neighbours.indices.size(0) == values_.size(0),
           "smoothing: {} values, neighbours of {} splats", values_.numel(), neighbours.indices.size(0));
}

float SmoothedValues::operator[](int64_t splat) const {
  const int64_t k = neighbours_a_splat_;
  const float* value = value_;
  const float* weight = weight_;
  const int32_t* index = index_ + splat * k;
  float total = weight[splat], sum = weight[splat] * value[splat];
  for (int64_t near = 0; near < k; ++near) {
    total += weight[index[near]];
    sum += weight[index[near]] * value[index[near]];
  }
  return total > 0 ? sum / total : value[splat];
}

at::Tensor SmoothedValues::sample(int64_t most) const {
  const int64_t count = values_.numel(), stride = std::max<int64_t>(1, (count + most - 1) / most);
  std::vector<float> taken;
  for (int64_t splat = 0; splat < count; splat += stride) taken.push_back((*this)[splat]);
  return at::tensor(taken, at::kFloat);
}

}  // namespace retort::field
