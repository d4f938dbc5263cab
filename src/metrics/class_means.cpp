#include "metrics/class_means.h"

#include <ATen/ATen.h>

#include "core/errors.h"
#include "io/array.h"

namespace retort::metrics {

void ClassSums::add(const at::Tensor& rows, const at::Tensor& labels, int64_t classes) {
  if (rows.dim() != 2 || labels.dim() != 1 || rows.size(0) != labels.size(0) || classes < 1) {
    user_error("class means: rows {}, labels {}, {} classes; they should be [N,D] and [N], of at least one class",
               io::shape_text(rows.sizes().vec()), io::shape_text(labels.sizes().vec()), classes);
  }
  if (labels.numel() > 0 && (labels.min().item<int64_t>() < 0 || labels.max().item<int64_t>() >= classes)) {
    user_error("class means: labels from {} to {}; they should be in [0, {})", labels.min().item<int64_t>(),
               labels.max().item<int64_t>(), classes);
  }
  if (!sums_.defined()) {
    type_ = rows.scalar_type();
    sums_ = at::zeros({classes, rows.size(1)}, rows.options().dtype(at::kDouble));
    counts_ = at::zeros({classes}, sums_.options());
  }
  RT_CHECK(sums_.size(0) == classes && sums_.size(1) == rows.size(1), "class sums: parts of other sizes");
  sums_.index_add_(0, labels, rows.to(at::kDouble));
  counts_ += at::bincount(labels, {}, classes);
}

at::Tensor ClassSums::means() const {
  RT_CHECK(sums_.defined(), "class sums: no rows");
  return (sums_ / counts_.clamp_min(1).unsqueeze(1)).to(type_);
}

at::Tensor class_means(const at::Tensor& rows, const at::Tensor& labels, int64_t classes) {
  const at::NoGradGuard no_grad;
  ClassSums sums;
  sums.add(rows, labels, classes);
  return sums.means();
}

}  // namespace retort::metrics
