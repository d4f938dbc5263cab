#include "nn/resmlp.h"

#include <ATen/ATen.h>

#include <string>

#include "core/registries.h"
#include "nn/layers.h"
#include "nn/token_blocks.h"

namespace retort::nn {

namespace {
/// alpha x + beta for each channel.
at::Tensor resmlp_affine(const Scope& scope, const at::Tensor& x) {
  const auto alpha = scope.parameter("alpha", {1, 1, x.size(-1)}, Initialiser::ones());
  return scope.tap(alpha * x + scope.parameter("beta", {1, 1, x.size(-1)}, Initialiser::zeros()));
}

at::Tensor resmlp_block(const Scope& scope, at::Tensor x, double layer_scale) {
  const auto start = Initialiser::xavier_uniform();
  const int64_t count = x.size(1), width = x.size(2);
  const auto scale = [&](const char* name) {
    return scope.parameter(name, {width}, Initialiser::constant(layer_scale));
  };
  const auto by_channel = resmlp_affine(scope / "norm1", x).transpose(1, 2);
  const auto mixed = linear(scope / "linear_tokens", by_channel, {.out_features = count, .initialiser = start});
  x = x + scale("ls1") * mixed.transpose(1, 2);
  const auto by_token = resmlp_affine(scope / "norm2", x);
  const auto thought = token_mlp(scope / "mlp_channels", by_token, {.hidden = 4 * width, .initialiser = start});
  return scope.tap(x + scale("ls2") * thought);
}
}  // namespace

at::Tensor resmlp(const Scope& scope, const at::Tensor& image, const ResMlpOptions& options) {
  auto x = mixer_tokens(scope / "stem", image, options.patch, options.width);
  for (int64_t block = 0; block < options.depth; ++block)
    x = resmlp_block(scope / "blocks" / std::to_string(block), x, options.layer_scale);
  x = resmlp_affine(scope / "norm", x).mean(1);
  return linear(scope / "head", x, {.out_features = options.classes, .initialiser = Initialiser::zeros()});
}

}  // namespace retort::nn

namespace retort {

void register_resmlp(Registries& registries) {
  const auto add = [&](const std::string& name, const char* summary, int64_t side, nn::ResMlpOptions options) {
    nn::add_network(registries,
                    {.summary = summary, .source = "Touvron et al., TPAMI 2022; timm's names, models/mlp_mixer.py"},
                    {.name = name,
                     .image = {3, side, side},
                     .pooled = "head.input",
                     .classifier = "head",
                     .token_stages = nn::token_stages(options.depth)},
                    nn::resmlp, options);
  };
  add("resmlp_12_224", "ResMLP of 12 blocks for pictures of 224x224", 224, {});
  add("resmlp_24_224", "ResMLP of 24 blocks for pictures of 224x224", 224, {.depth = 24, .layer_scale = 1e-5});
  add("resmlp_micro_patch4_32", "ResMLP of 8 blocks and 128 channels for pictures of 32x32", 32,
      {.patch = 4, .width = 128, .depth = 8});
}

}  // namespace retort
