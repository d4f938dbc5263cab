#include "losses/distillation/ofa_token_branch.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "core/errors.h"
#include "losses/distillation/ofa_branches.h"
#include "losses/distillation/shapes.h"
#include "nn/layers.h"
#include "nn/token_blocks.h"

namespace retort::losses {

namespace {
constexpr int64_t final_grid_side = 7;
constexpr int64_t branch_heads = 4;

at::Tensor merged_to_final_grid(const nn::Scope& scope, at::Tensor patches, int64_t width) {
  auto side = static_cast<int64_t>(std::lround(std::sqrt(static_cast<double>(patches.size(1)))));
  for (int64_t merge = 0; side >= 2 * final_grid_side; ++merge, side /= 2) {
    const bool is_last = side / 2 < 2 * final_grid_side;
    patches = merged_patches(scope / std::to_string(merge), patches,
                             {.height = side, .width = side, .out_features = width, .gelu = merge == 0 || !is_last});
  }
  return patches;
}
}  // namespace

at::Tensor token_branch_logits(const nn::Scope& scope, const at::Tensor& tokens, const TokenBranchOptions& options) {
  require_shapes("ofa", {{"tokens", tokens, "[B,N,D]"}});
  const int64_t leading = options.class_tokens;
  if (options.stage < 1 || options.stage > options.stages)
    user_error("ofa: stage {}; it should be in [1, {}]", options.stage, options.stages);
  if (tokens.size(1) <= leading)
    user_error("ofa: {} tokens, {} of them in front; none stands for a part of the picture", tokens.size(1), leading);
  const auto patches = merged_to_final_grid(scope / "merging", tokens.slice(1, leading, tokens.size(1)), options.width);
  const bool fits = patches.size(2) == options.width && (leading == 0 || tokens.size(2) == options.width);
  if (!fits || options.width % branch_heads != 0)
    user_error("ofa: tokens of width {} for blocks of width {}; they should be equal and a multiple of {}",
               tokens.size(2), options.width, branch_heads);
  auto x = leading > 0 ? at::cat({tokens.slice(1, 0, leading), patches}, 1) : patches;
  for (int64_t block = 0; block < std::max<int64_t>(options.stages - options.stage, 1); ++block)
    x = nn::transformer_block(scope / "blocks" / std::to_string(block), x, {.heads = branch_heads, .qkv_bias = false});
  const auto feature = leading > 0 ? x.slice(1, 0, leading).flatten(1) : x.mean(1);
  return nn::linear(scope / "head", feature,
                    {.out_features = options.classes, .initialiser = nn::Initialiser::truncated_normal(0.02)});
}

}  // namespace retort::losses
