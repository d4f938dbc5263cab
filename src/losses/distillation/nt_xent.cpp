#include "losses/distillation/nt_xent.h"

#include <ATen/ATen.h>

#include <limits>

#include "core/registries.h"
#include "losses/distillation/maps.h"
#include "losses/distillation/shapes.h"
#include "run/parity.h"

namespace retort::losses {

at::Tensor nt_xent_loss(const at::Tensor& first, const at::Tensor& second, const NtXentOptions& options) {
  require_shapes("nt-xent", {{"first view", first, "[B,D]"}, {"second view", second, "[B,D]"}});
  const int64_t batch = first.size(0), rows = 2 * batch;
  const at::Tensor units = unit_or_zero(at::cat({first, second}));
  const at::Tensor itself = at::eye(rows, units.options().dtype(at::kBool));
  const at::Tensor cosines = at::matmul(units, units.t());
  const at::Tensor other_view = at::arange(rows, units.options().dtype(at::kLong)).add(batch).remainder(rows);
  return at::cross_entropy_loss(
      (cosines / options.temperature).masked_fill(itself, -std::numeric_limits<double>::infinity()), other_view);
}

}  // namespace retort::losses

namespace retort {

void register_nt_xent(Registries& registries) {
  registries.parity.add("model.kd3.contrastive_loss",
                        {.summary = "two views of a batch, each row to name its other view",
                         .source = "tangjialiang97/KD3 @91e2d4c, KDDD/distiller_zoo/relation.py Contrastive_loss_bn",
                         .inputs = {{"x1", "[B,D]"}, {"x2", "[B,D]"}},
                         .options = {"temperature"},
                         .outputs = {{"value", "[]"}},
                         .run = [](run::ParityCall& call) {
                           losses::NtXentOptions options;
                           options.temperature = call.number("temperature", options.temperature);
                           call.output("value", losses::nt_xent_loss(call.input("x1"), call.input("x2"), options));
                         }});
}

}  // namespace retort
