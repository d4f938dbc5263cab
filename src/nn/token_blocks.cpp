#include "nn/token_blocks.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "core/errors.h"
#include "io/array.h"
#include "nn/attention.h"
#include "nn/layers.h"
#include "nn/norms.h"

namespace retort::nn {

namespace {
/// Normal of variance 1 / fan in once it is truncated. LeCun et al. 1998.
Initialiser lecun_normal(int64_t fan_in) {
  // A standard normal variable, drawn anew beyond 2, has this deviation.
  constexpr double truncated_deviation = 0.87962566103423978;
  return Initialiser::truncated_normal(1 / (std::sqrt(static_cast<double>(fan_in)) * truncated_deviation));
}
}  // namespace

at::Tensor patch_tokens(const Scope& scope, const at::Tensor& image, const PatchOptions& options) {
  RT_CHECK(image.dim() == 4, "{}: wants [B,C,H,W], got {}", scope.path(), io::shape_text(image.sizes().vec()));
  const int64_t height = image.size(2), width = image.size(3), patch = options.patch;
  if (height % patch != 0 || width % patch != 0 || height == 0 || width == 0)
    user_error("{}: pictures of {}x{} are not whole patches of {}x{}; multiples of {} would be right", scope.path(),
               height, width, patch, patch, patch);
  Conv2dOptions conv{
      .out_channels = options.width, .kernel = patch, .stride = patch, .initialiser = options.initialiser};
  if (options.initialiser) conv.bias_initialiser = Initialiser::zeros();
  return scope.tap(conv2d(scope / "proj", image, conv).flatten(2).transpose(1, 2));
}

at::Tensor mixer_tokens(const Scope& scope, const at::Tensor& image, int64_t patch, int64_t width) {
  return patch_tokens(scope, image,
                      {.patch = patch, .width = width, .initialiser = lecun_normal(image.size(1) * patch * patch)});
}

at::Tensor token_mlp(const Scope& scope, const at::Tensor& x, const TokenMlpOptions& options) {
  auto hidden = linear(scope / "fc1", x, {.out_features = options.hidden, .initialiser = options.initialiser});
  hidden = gelu(scope / "act", hidden, options.tanh_gelu);
  return scope.tap(linear(scope / "fc2", hidden, {.out_features = x.size(-1), .initialiser = options.initialiser}));
}

at::Tensor transformer_block(const Scope& scope, at::Tensor x, const TransformerBlockOptions& options) {
  const auto attended =
      self_attention(scope / "attn", layer_norm(scope / "norm1", x, options.norm_eps), options.heads, options.qkv_bias);
  x = x + drop_path(scope / "drop_path1", attended, options.drop_path);
  const auto thought =
      token_mlp(scope / "mlp", layer_norm(scope / "norm2", x, options.norm_eps), {.hidden = 4 * x.size(-1)});
  return scope.tap(x + drop_path(scope / "drop_path2", thought, options.drop_path));
}

std::vector<std::string> token_stages(int64_t depth) {
  RT_CHECK(depth >= 4, "{} blocks are no four stages", depth);
  std::vector<std::string> taps;
  int64_t last = 0;
  for (const double share : {2.0 / 12, 4.0 / 12, 10.0 / 12, 1.0}) {
    last = std::max(last + 1, std::lround(share * static_cast<double>(depth)));
    taps.push_back("blocks." + std::to_string(last - 1));
  }
  return taps;
}

}  // namespace retort::nn
