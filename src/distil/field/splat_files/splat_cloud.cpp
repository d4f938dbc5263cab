#include "distil/field/splat_files/splat_cloud.h"

#include <algorithm>

#include "core/errors.h"

namespace retort::field {

void SplatCloud::check() const {
  const auto rows = static_cast<size_t>(size());
  RT_CHECK(sh_degree >= 0 && sh_degree <= 3 && feature_dim >= 0, "splat cloud: SH degree {}, {} features", sh_degree,
           feature_dim);
  RT_CHECK(means.size() == 3 * rows && quaternions.size() == 4 * rows && log_scales.size() == 3 * rows &&
               sh.size() == size_t(3 * coefficients()) * rows && features.size() == size_t(feature_dim) * rows,
           "splat cloud: {} opacities, but {} means, {} quaternions, {} scales, {} SH and {} features", rows,
           means.size(), quaternions.size(), log_scales.size(), sh.size(), features.size());
}

SplatCloud make_cloud(int64_t size, int sh_degree, int64_t feature_dim) {
  SplatCloud cloud;
  cloud.sh_degree = sh_degree;
  cloud.feature_dim = feature_dim;
  const auto rows = static_cast<size_t>(size);
  cloud.means.resize(3 * rows);
  cloud.quaternions.resize(4 * rows);
  cloud.log_scales.resize(3 * rows);
  cloud.opacity_logits.resize(rows);
  cloud.sh.resize(size_t(3 * cloud.coefficients()) * rows);
  cloud.features.resize(size_t(feature_dim) * rows);
  return cloud;
}

SplatCloud with_sh_degree(SplatCloud cloud, int sh_degree) {
  if (sh_degree >= cloud.sh_degree) return cloud;
  const int64_t from = 3 * cloud.coefficients();
  cloud.sh_degree = sh_degree;
  const int64_t to = 3 * cloud.coefficients();
  // Rows only move towards the front, so they can move in place.
  for (int64_t row = 1; row < cloud.size(); ++row) {
    std::copy_n(cloud.sh.begin() + row * from, to, cloud.sh.begin() + row * to);
  }
  cloud.sh.resize(static_cast<size_t>(to * cloud.size()));
  return cloud;
}

}  // namespace retort::field
