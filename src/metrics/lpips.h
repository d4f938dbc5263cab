// LPIPS, a distance between images that agrees with people (Zhang et al., CVPR 2018), version 0.1.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "nn/weights.h"

namespace retort::metrics {

enum class LpipsTrunk { alex, vgg, squeeze };
inline std::vector<std::string> choices(LpipsTrunk) { return {"alex", "vgg", "squeeze"}; }

/// What images of [0, 1] become before the trunk sees them.
enum class LpipsScaling {
  to_minus_one_one,  ///< 2 x - 1, as the weights were made for
  as_given           ///< left as they are: a frequent slip in papers on splats, which makes the figure smaller
};
inline std::vector<std::string> choices(LpipsScaling) { return {"to_minus_one_one", "as_given"}; }

struct LpipsOptions {
  LpipsTrunk trunk = LpipsTrunk::vgg;
  LpipsScaling scaling = LpipsScaling::to_minus_one_one;
  double width = 1;  ///< of the trunk, for tests with small networks
};

/// Trunk (torchvision's names) and heads (lin0.model.1.weight [1,C,1,1] and so on).
struct LpipsWeights {
  nn::Weights trunk, heads;
};

/// Shortest side of an image that this trunk can look at, in pixels.
int64_t lpips_least_side(LpipsTrunk trunk);

/// Reads both files (safetensors or PyTorch checkpoints) and tries them on a small image: UserError when one is damaged
/// or belongs to another network than the one that `options` name.
LpipsWeights load_lpips(const std::filesystem::path& trunk, const std::filesystem::path& heads,
                        const LpipsOptions& options);

/// Distance of images [B,3,H,W] in [0, 1] -> [B]; 0 for equal ones (lower is better). The features of five (squeeze:
/// seven) layers are scaled to length 1 at each pixel, squared differences weighted by the heads, averaged over pixels,
/// summed over layers. Differentiable: where all features of a pixel are 0, their length's gradient is taken as 0.
/// UserError for images too small for the trunk and weights that don't fit. Source: richzhang/PerceptualSimilarity,
/// lpips/lpips.py LPIPS.forward.
at::Tensor lpips(const at::Tensor& image, const at::Tensor& target, const LpipsWeights& weights,
                 const LpipsOptions& options);

}  // namespace retort::metrics
