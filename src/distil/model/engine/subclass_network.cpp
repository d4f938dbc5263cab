#include "distil/model/engine/subclass_network.h"

#include <ATen/ATen.h>
#include <fmt/core.h>

#include <utility>

#include "core/errors.h"
#include "losses/distillation/lelp.h"

namespace retort::model {

nn::Network with_subclasses(std::shared_ptr<const nn::Network> wide, int64_t subclasses) {
  RT_CHECK(subclasses >= 1 && wide->classes % subclasses == 0, "{}: {} outputs are no classes of {}", wide->name,
           wide->classes, subclasses);
  auto network = *wide;
  network.name = fmt::format("{}/{}", wide->name, subclasses);
  network.classes = wide->classes / subclasses;
  network.outputs_per_class = subclasses;
  network.forward = [wide = std::move(wide), subclasses](const nn::Scope& scope, const at::Tensor& image) {
    const auto outputs = (scope / subclass_logits_tap).tap(wide->forward(scope, image));
    return losses::class_log_probabilities(outputs.to(at::kFloat), subclasses);
  };
  return network;
}

}  // namespace retort::model
