#include "distil/model/engine/shared_classifier.h"

#include <ATen/ATen.h>
#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "core/errors.h"
#include "io/array.h"
#include "losses/distillation/kd3.h"
#include "nn/layers.h"

namespace retort::model {

nn::Network with_shared_classifier(std::shared_ptr<const nn::Network> base, const SharedClassifierOptions& options) {
  if (base->dense)
    user_error("shared_classifier({}): that network names classes of pixels; one for whole pictures would be right",
               base->name);
  if (base->stages.empty())
    user_error("shared_classifier({}): that network has no maps to transfer; a convolutional one would be right",
               base->name);
  auto network = *base;
  network.name = options.side > 0 ? fmt::format("shared_classifier({},{},{})", base->name, options.width, options.side)
                                  : fmt::format("shared_classifier({},{})", base->name, options.width);
  network.pooled = "pooled";
  network.classifier = "classifier";
  network.borrows_classifier = true;
  network.forward = [base = std::move(base), options](const nn::Scope& scope, const at::Tensor& x) {
    const auto& last = base->stages.back();
    nn::Taps trunk({last});
    trunk.run_until_complete([&] { base->forward(scope.heard_by(trunk), x); });
    auto map = (scope / last).tap(trunk.at(last));
    if (options.side > 0 && map.size(2) > options.side)
      map = at::adaptive_avg_pool2d(map, {options.side, std::min(options.side, map.size(3))});
    map = (scope / "transfer").tap(losses::kd3_transferred(scope, map, options.width));
    const auto pooled = (scope / "pooled").tap(map.mean({2, 3}));
    return nn::linear(scope / "classifier", pooled, {.out_features = base->classes});
  };
  return network;
}

void share_classifier(const nn::Network& student, nn::Weights& weights, const Teacher& teacher) {
  if (teacher.network() == nullptr || teacher.weights() == nullptr)
    user_error("teacher: '{}' shares its teacher's classifier; a teacher that runs as a network is needed",
               student.name);
  const at::NoGradGuard no_grad;
  for (const char* part : {".weight", ".bias"}) {
    const auto given = teacher.weights()->find(teacher.network()->classifier + part);
    auto& own = weights.parameters.at(student.classifier + part);
    if (!given.defined() || given.sizes() != own.sizes())
      user_error(
          "student.network: '{}' has a classifier{} of {}, its teacher {}; name the teacher's width: "
          "shared_classifier(NAME,WIDTH)",
          student.name, part, io::shape_text(own.sizes().vec()),
          given.defined() ? io::shape_text(given.sizes().vec()) : "none");
    own.copy_(given);
  }
}

}  // namespace retort::model
