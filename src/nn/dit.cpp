#include "nn/dit.h"

#include <ATen/ATen.h>

#include <cmath>
#include <string>

#include "core/errors.h"
#include "nn/attention.h"
#include "nn/layers.h"
#include "nn/sinusoids.h"
#include "nn/token_blocks.h"

namespace retort::nn {

namespace {
/// Norm without weights, then x (1 + scale) + shift by sample: [B,N,D], [B,D] each.
at::Tensor dit_modulated_norm(const at::Tensor& x, const at::Tensor& shift, const at::Tensor& scale) {
  const auto normed = at::layer_norm(x, {x.size(-1)}, {}, {}, 1e-6);
  return normed * (1 + scale.unsqueeze(1)) + shift.unsqueeze(1);
}

/// `count` vectors [B,D] from the condition [B,D].
std::vector<at::Tensor> dit_modulation(const Scope& scope, const at::Tensor& condition, int64_t count) {
  const auto modulation = scope / "adaLN_modulation";
  const LinearOptions options{.out_features = count * condition.size(1), .initialiser = Initialiser::zeros()};
  return linear(modulation / "1", silu(modulation / "0", condition), options).chunk(count, 1);
}

at::Tensor dit_condition(const Scope& scope, const at::Tensor& times, const at::Tensor& labels,
                         const DitOptions& options) {
  const auto start = Initialiser::normal(0.02);
  const auto mlp = scope / "t_embedder" / "mlp";
  auto condition = linear(mlp / "0", sinusoids(times, {}), {.out_features = options.width, .initialiser = start});
  condition = silu(mlp / "1", condition);
  condition = linear(mlp / "2", condition, {.out_features = options.width, .initialiser = start});
  if (options.classes == 0) return condition;
  RT_CHECK(labels.defined(), "{}: has classes and wants labels [B]", scope.path());
  return condition +
         embedding(scope / "y_embedder" / "embedding_table", labels, options.classes + 1, options.width, start);
}

at::Tensor dit_block(const Scope& scope, at::Tensor x, const at::Tensor& condition, int64_t heads) {
  const auto m = dit_modulation(scope, condition, 6);
  const auto start = Initialiser::xavier_uniform();
  const auto attended = self_attention(scope / "attn", dit_modulated_norm(x, m[0], m[1]), heads, true, start);
  x = x + m[2].unsqueeze(1) * attended;
  const auto thought = token_mlp(scope / "mlp", dit_modulated_norm(x, m[3], m[4]),
                                 {.hidden = 4 * x.size(2), .tanh_gelu = true, .initialiser = start});
  return scope.tap(x + m[5].unsqueeze(1) * thought);
}
}  // namespace

at::Tensor dit(const Scope& scope, const at::Tensor& x, const at::Tensor& times, const at::Tensor& labels,
               const DitOptions& options) {
  const int64_t patch = options.patch, channels = options.out_channels;
  // Xavier's rule for the projection as a linear layer.
  const double bound = std::sqrt(6 / double(x.size(1) * patch * patch + options.width));
  auto tokens = patch_tokens(scope / "x_embedder", x,
                             {.patch = patch, .width = options.width, .initialiser = Initialiser::uniform(bound)});
  const int64_t rows = x.size(2) / patch, columns = x.size(3) / patch;
  tokens = tokens + grid_sinusoids(rows, columns, options.width).to(tokens.options());
  const auto condition = dit_condition(scope, times, labels, options);
  for (int64_t block = 0; block < options.depth; ++block)
    tokens = dit_block(scope / "blocks" / std::to_string(block), tokens, condition, options.heads);
  const auto last = scope / "final_layer";
  const auto m = dit_modulation(last, condition, 2);
  return linear(last / "linear", dit_modulated_norm(tokens, m[0], m[1]),
                {.out_features = patch * patch * channels, .initialiser = Initialiser::zeros()})
      .view({x.size(0), rows, columns, patch, patch, channels})
      .permute({0, 5, 1, 3, 2, 4})
      .reshape({x.size(0), channels, x.size(2), x.size(3)});
}

}  // namespace retort::nn
