#include "nn/vit.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <string>

#include "core/registries.h"
#include "nn/layers.h"
#include "nn/norms.h"
#include "nn/token_blocks.h"

namespace retort::nn {

namespace {
constexpr double vit_norm_eps = 1e-6;

Initialiser vit_start() { return Initialiser::truncated_normal(0.02); }

/// The learned tokens before those of the picture, and every token's position.
at::Tensor vit_embedding(const Scope& scope, const at::Tensor& image, const VitOptions& options) {
  const int64_t width = options.width;
  const auto learned = [&](const char* name, const Initialiser& start) {
    return scope.parameter(name, {1, 1, width}, start).expand({image.size(0), 1, width});
  };
  std::vector<at::Tensor> tokens = {learned("cls_token", Initialiser::normal(1e-6))};
  if (options.distilled) tokens.push_back(learned("dist_token", vit_start()));
  tokens.push_back(patch_tokens(scope / "patch_embed", image, {.patch = options.patch, .width = width}));
  const auto joined = at::cat(tokens, 1);
  return (scope / "pos_drop").tap(joined + scope.parameter("pos_embed", {1, joined.size(1), width}, vit_start()));
}
}  // namespace

at::Tensor vit(const Scope& scope, const at::Tensor& image, const VitOptions& options) {
  auto x = vit_embedding(scope, image, options);
  for (int64_t block = 0; block < options.depth; ++block) {
    const double drop_rate = options.drop_path * double(block) / double(std::max<int64_t>(options.depth - 1, 1));
    x = transformer_block(scope / "blocks" / std::to_string(block), x,
                          {.heads = options.heads, .norm_eps = vit_norm_eps, .drop_path = drop_rate});
  }
  x = layer_norm(scope / "norm", x, vit_norm_eps);
  const LinearOptions head{.out_features = options.classes, .initialiser = vit_start()};
  const auto logits = linear(scope / "head", x.select(1, 0), head);
  if (!options.distilled) return logits;
  return (scope / "heads").tap((logits + linear(scope / "head_dist", x.select(1, 1), head)) / 2);
}

}  // namespace retort::nn

namespace retort {

void register_vit(Registries& registries) {
  const auto add = [&](const std::string& name, const char* summary, int64_t side, nn::VitOptions options) {
    const char* source = options.distilled
                             ? "Touvron et al., ICML 2021; timm's names, models/deit.py"
                             : "Dosovitskiy et al., ICLR 2021; timm's names, models/vision_transformer.py";
    nn::add_network(registries, {.summary = summary, .source = source},
                    {.name = name,
                     .image = {3, side, side},
                     .pooled = "head.input",
                     .classifier = options.distilled ? "heads" : "head",
                     .token_stages = nn::token_stages(options.depth),
                     .class_tokens = options.distilled ? 2 : 1},
                    nn::vit, options);
  };
  add("deit_tiny_patch16_224", "vision transformer of 192 channels for pictures of 224x224", 224, {});
  add("deit_small_patch16_224", "vision transformer of 384 channels for pictures of 224x224", 224,
      {.width = 384, .heads = 6});
  add("deit_base_patch16_224", "vision transformer of 768 channels for pictures of 224x224", 224,
      {.width = 768, .heads = 12});
  add("deit_tiny_distilled_patch16_224", "the tiny one with a distillation token", 224, {.distilled = true});
  add("deit_small_distilled_patch16_224", "the small one with a distillation token", 224,
      {.width = 384, .heads = 6, .distilled = true});
  add("vit_tiny_patch4_32", "vision transformer of 192 channels for pictures of 32x32", 32, {.patch = 4});
  add("vit_tiny_distilled_patch4_32", "the same with a distillation token", 32, {.patch = 4, .distilled = true});
  add("vit_micro_patch4_32", "6 blocks of 96 channels: a student for quick experiments", 32,
      {.patch = 4, .width = 96, .depth = 6});
  add("vit_nano_patch4_32", "4 blocks of 64 channels: a teacher for quick experiments", 32,
      {.patch = 4, .width = 64, .depth = 4, .heads = 4});
}

}  // namespace retort
