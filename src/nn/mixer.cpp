#include "nn/mixer.h"

#include <ATen/ATen.h>

#include <string>

#include "core/registries.h"
#include "nn/layers.h"
#include "nn/norms.h"
#include "nn/token_blocks.h"

namespace retort::nn {

namespace {
constexpr double mixer_norm_eps = 1e-6;

at::Tensor mixer_block(const Scope& scope, at::Tensor x, int64_t width) {
  const auto start = Initialiser::xavier_uniform();
  const auto by_channel = layer_norm(scope / "norm1", x, mixer_norm_eps).transpose(1, 2);
  x = x + token_mlp(scope / "mlp_tokens", by_channel, {.hidden = width / 2, .initialiser = start}).transpose(1, 2);
  const auto by_token = layer_norm(scope / "norm2", x, mixer_norm_eps);
  return scope.tap(x + token_mlp(scope / "mlp_channels", by_token, {.hidden = 4 * width, .initialiser = start}));
}
}  // namespace

at::Tensor mixer(const Scope& scope, const at::Tensor& image, const MixerOptions& options) {
  auto x = mixer_tokens(scope / "stem", image, options.patch, options.width);
  for (int64_t block = 0; block < options.depth; ++block)
    x = mixer_block(scope / "blocks" / std::to_string(block), x, options.width);
  x = layer_norm(scope / "norm", x, mixer_norm_eps).mean(1);
  return linear(scope / "head", x, {.out_features = options.classes, .initialiser = Initialiser::zeros()});
}

}  // namespace retort::nn

namespace retort {

void register_mixer(Registries& registries) {
  const auto add = [&](const std::string& name, const char* summary, int64_t side, nn::MixerOptions options) {
    nn::add_network(
        registries,
        {.summary = summary, .source = "Tolstikhin et al., NeurIPS 2021; timm's names, models/mlp_mixer.py"},
        {.name = name,
         .image = {3, side, side},
         .pooled = "head.input",
         .classifier = "head",
         .token_stages = nn::token_stages(options.depth)},
        nn::mixer, options);
  };
  add("mixer_s16_224", "MLP-Mixer of 512 channels for pictures of 224x224", 224, {});
  add("mixer_b16_224", "MLP-Mixer of 768 channels for pictures of 224x224", 224, {.width = 768, .depth = 12});
  add("mixer_micro_patch4_32", "MLP-Mixer of 128 channels for pictures of 32x32", 32, {.patch = 4, .width = 128});
}

}  // namespace retort
