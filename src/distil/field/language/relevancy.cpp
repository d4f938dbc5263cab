#include "distil/field/language/relevancy.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "core/errors.h"
#include "metrics/unit_vectors.h"

namespace retort::field {

namespace {
constexpr double smallest_length = 1e-8;
}  // namespace

at::Tensor cosine_to(const at::Tensor& features, const at::Tensor& direction) {
  RT_CHECK(direction.dim() == 1 && features.size(-1) == direction.size(0),
           "cosine: features of {} channels, direction [{}]", features.size(-1), fmt::join(direction.sizes(), ","));
  return at::matmul(metrics::unit_vectors(features), metrics::unit_vectors(direction));
}

at::Tensor nearest_direction(const at::Tensor& features, const at::Tensor& directions) {
  return at::matmul(metrics::unit_vectors(features), metrics::unit_vectors(directions).t()).argmax(-1);
}

at::Tensor stretched_relevancy(const at::Tensor& cosine) {
  const auto low = cosine.mean(), high = cosine.max();
  return ((cosine - low) / (high - low).clamp_min(smallest_length)).clamp(0, 1);
}

}  // namespace retort::field
