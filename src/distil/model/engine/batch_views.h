// What a term of the loss may want done to a batch before the networks see it.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>

#include "core/random.h"

namespace retort::model {

struct BatchViews {
  at::Tensor image;   ///< [B views,C,H,W]; rows 0, views, 2 views ... are the pictures themselves
  int64_t views = 1;  ///< of each picture
};

/// `transform` as LossTerm::batch_transform: "" leaves [B,C,H,W] as it is; "rotations4" puts each picture's rotations
/// by 90, 180 and 270 degrees (counter-clockwise) behind it, in the image's memory format. UserError where they are not
/// square. Source: torchdistill, datasets/wrapper.py SSKDDatasetWrapper.
/// "mixed_distributions" puts behind each picture what data::mix_distributions() makes of it, with shares of Beta(0.1,
/// 0.1) and a permutation drawn from `random`: KD3.
BatchViews batch_views(const at::Tensor& image, const std::string& transform, const RandomTree& random = RandomTree(0));

}  // namespace retort::model
