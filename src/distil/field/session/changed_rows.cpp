#include "distil/field/session/changed_rows.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <string_view>

namespace retort::field {

namespace {
bool shares(const at::Tensor& a, const at::Tensor& b) {
  return a.is_same(b) || (a.data_ptr() == b.data_ptr() && a.sizes() == b.sizes() && a.strides() == b.strides());
}
}  // namespace

at::Tensor changed_rows(const GaussianField& before, const GaussianField& now) {
  const int64_t kept = std::min(before.size(), now.size());
  auto changed = at::ones({now.size()}, at::kBool);
  auto old_rows = changed.slice(0, 0, kept);
  old_rows.fill_(false);
  const auto old_tensors = before.splats.named(), new_tensors = now.splats.named();
  for (size_t i = 0; i < new_tensors.size(); ++i) {
    if (std::string_view(new_tensors[i].first) == "features") continue;  // are not drawn
    const auto &old_tensor = *old_tensors[i].second, &new_tensor = *new_tensors[i].second;
    if (shares(old_tensor, new_tensor)) continue;
    const auto differs = old_tensor.slice(0, 0, kept).ne(new_tensor.slice(0, 0, kept)).reshape({kept, -1});
    old_rows.logical_or_(differs.any(1));
  }
  return changed.nonzero().squeeze(1);
}

bool same_shape_and_features(const GaussianField& a, const GaussianField& b) {
  const auto &x = a.splats, &y = b.splats;
  return shares(x.means, y.means) && shares(x.log_scales, y.log_scales) && shares(x.quaternions, y.quaternions) &&
         shares(x.opacity_logits, y.opacity_logits) && shares(x.features, y.features) &&
         (a.feature_dim() > 0 || shares(x.sh, y.sh));  // without features pointing goes by colour
}

}  // namespace retort::field
