#include "losses/distillation/subclass_contrast.h"

#include <ATen/ATen.h>

#include <cmath>

#include "losses/distillation/maps.h"
#include "losses/distillation/shapes.h"

namespace retort::losses {

at::Tensor subclass_contrast_loss(const at::Tensor& logits, double temperature) {
  require_shapes("subclass contrast", {{"student logits", logits, "[B,K]"}});
  const auto unit = unit_or_zero(logits);
  const auto likeness = at::matmul(unit, unit.t()) / temperature;
  const double log_count = std::log(static_cast<double>(logits.size(0)));
  return (likeness.logsumexp({1}) - log_count - likeness.diagonal()).mean();
}

}  // namespace retort::losses
