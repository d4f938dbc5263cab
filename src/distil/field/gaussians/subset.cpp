#include "distil/field/gaussians/subset.h"

#include <ATen/ATen.h>

namespace retort::field {

GaussianField subset(const GaussianField& field, const at::Tensor& mask) {
  GaussianField selected = field;
  const auto rows = mask.nonzero().squeeze(1);
  for (auto& [name, tensor] : selected.splats.named()) *tensor = tensor->index_select(0, rows);
  if (field.codes) selected.codes = metrics::select_rows(*field.codes, rows);
  return selected;
}

}  // namespace retort::field
