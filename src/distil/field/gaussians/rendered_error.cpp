#include "distil/field/gaussians/rendered_error.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "distil/field/gaussians/compress.h"
#include "distil/field/gaussians/field_renderer.h"

namespace retort::field {

namespace {
// The field's decoded map as rows [h*w,C].
at::Tensor map_rows(FieldRenderer& renderer, const Camera& camera) {
  const double shrink = std::min(1.0, double{rendered_error_side} / std::max(camera.width, camera.height));
  const auto side = [&](int full) { return std::max(1, static_cast<int>(std::lround(full * shrink))); };
  renderer.look(camera);
  return renderer.feature_map(side(camera.height), side(camera.width), splat::MapFilter::area).flatten(0, 1);
}
}  // namespace

metrics::CodingError rendered_error(const GaussianField& plain, const GaussianField& compressed,
                                    const std::vector<Camera>& cameras, ThreadPool& pool, Isa isa) {
  FieldRenderer before(plain, pool, isa), after(compressed, pool, isa);
  const bool is_reduced = compressed.basis && !(plain.basis && plain.basis->columns.equal(compressed.basis->columns));
  metrics::CodingErrorSums sums;
  for (const auto& camera : cameras) {
    auto rows = map_rows(after, camera);
    if (is_reduced) rows = at::mm(rows, columns_between(plain, compressed).t());
    sums.add(map_rows(before, camera), rows);
  }
  return sums.error();
}

}  // namespace retort::field
