#include "nn/mlp.h"

#include "nn/layers.h"

namespace retort::nn {

at::Tensor mlp(const Scope& scope, const at::Tensor& x, const MlpOptions& options) {
  auto hidden = relu(scope / "relu_1", linear(scope / "fc_1", x.flatten(1), {.out_features = options.width}));
  hidden = relu(scope / "relu_2", linear(scope / "fc_2", hidden, {.out_features = options.width}));
  return linear(scope / "fc_3", hidden, {.out_features = options.classes});
}

}  // namespace retort::nn
