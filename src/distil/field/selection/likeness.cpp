#include "distil/field/selection/likeness.h"

#include <ATen/ATen.h>

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

at::Tensor Likeness::between(const at::Tensor& rows, const at::Tensor& examples) const {
  if (by_features()) return at::matmul(rows, metrics::unit_vectors(examples).t());
  return 1 - at::cdist(rows, examples) / unlike_colours;
}

at::Tensor Likeness::of_all(const at::Tensor& examples) const {
  if (by_features()) return splat_cosines(field_, examples, pool_, isa_);
  return between(colours_of(field_.splats.sh), examples);
}

}  // namespace retort::field
