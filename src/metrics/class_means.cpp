#include "metrics/class_means.h"

#include <ATen/ATen.h>

#include "core/errors.h"
#include "io/array.h"

namespace retort::metrics {

at::Tensor class_means(const at::Tensor& rows, const at::Tensor& labels, int64_t classes) {
  if (rows.dim() != 2 || labels.dim() != 1 || rows.size(0) != labels.size(0) || classes < 1) {
    user_error("class means: rows {}, labels {}, {} classes; they should be [N,D] and [N], of at least one class",
               io::shape_text(rows.sizes().vec()), io::shape_text(labels.sizes().vec()), classes);
  }
  if (labels.numel() > 0 && (labels.min().item<int64_t>() < 0 || labels.max().item<int64_t>() >= classes)) {
    user_error("class means: labels from {} to {}; they should be in [0, {})", labels.min().item<int64_t>(),
               labels.max().item<int64_t>(), classes);
  }
  const at::Tensor sums =
      at::zeros({classes, rows.size(1)}, rows.options().dtype(at::kDouble)).index_add(0, labels, rows.to(at::kDouble));
  const at::Tensor counts = at::bincount(labels, {}, classes).to(at::kDouble).clamp_min(1);
  return (sums / counts.unsqueeze(1)).to(rows.scalar_type());
}

}  // namespace retort::metrics
