#include "losses/distillation/adapters.h"

#include <ATen/ATen.h>

#include "nn/layers.h"
#include "nn/norms.h"

namespace retort::losses {

at::Tensor connector(const nn::Scope& scope, const at::Tensor& x, const ConnectorOptions& options) {
  const at::Tensor map = nn::conv2d(scope / "0", x,
                                    {.out_channels = options.out_channels,
                                     .kernel = options.kernel,
                                     .padding = (options.kernel - 1) / 2,
                                     .bias = options.bias,
                                     .initialiser = options.initialiser});
  const at::Tensor normalised = nn::batch_norm(scope / "1", map);
  return options.relu ? nn::relu(scope / "2", normalised) : normalised;
}

at::Tensor log_variance_branch(const nn::Scope& scope, const at::Tensor& embedding) {
  return nn::batch_norm(scope / "1", nn::linear(scope / "0", embedding, {.out_features = embedding.size(-1)}));
}

at::Tensor self_supervision_head(const nn::Scope& scope, const at::Tensor& features) {
  const nn::LinearOptions as_wide{.out_features = features.size(-1)};
  return nn::linear(scope / "2", nn::relu(scope / "1", nn::linear(scope / "0", features, as_wide)), as_wide);
}

}  // namespace retort::losses
