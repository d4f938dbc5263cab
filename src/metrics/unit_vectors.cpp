#include "metrics/unit_vectors.h"

#include <ATen/ATen.h>

namespace retort::metrics {

namespace {
constexpr double smallest_unit_vector_length = 1e-12;
}

at::Tensor unit_vectors(const at::Tensor& vectors) {
  return vectors / vectors.norm(2, {-1}, true).clamp_min(smallest_unit_vector_length);
}

}  // namespace retort::metrics
