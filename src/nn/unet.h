// U-Net of DDPM++ (Song et al., "Score-Based Generative Modeling through Stochastic Differential Equations", ICLR
// 2021), as NVlabs/edm, training/networks.py, SongUNet has it without its augmentation labels. Its names: map_layer0,
// map_layer1, map_label, enc.32x32_conv, enc.16x16_down,
// enc.16x16_block0.{norm0,conv0,affine,norm1,conv1,skip,norm2,qkv, proj}, dec.8x8_in0, dec.8x8_in1, dec.16x16_up,
// dec.16x16_block0, dec.32x32_aux_norm, dec.32x32_aux_conv. Its files also store the fixed resample_filter of every
// resizing layer, which is 2x2 averages and repeated pixels here. Activations: the blocks' results, the deepest maps
// being "enc.8x8_block1" for two blocks a level; "enc.16x16_block0.attention" [B,1,N,N].
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "nn/scope.h"

namespace retort::nn {

struct UNetOptions {
  int64_t width = 32;                            ///< channels of the first level
  std::vector<int64_t> multipliers = {1, 2, 2};  ///< of `width`, a level each; every level halves the map
  int64_t blocks = 2;                            ///< residual blocks a level, one more on the way up
  std::vector<int64_t> attention_sides = {16};   ///< levels of this height have attention
  double dropout = 0.1;
  int64_t out_channels = 3;
  int64_t classes = 0;  ///< labels from 0; `classes` itself is the null label of guidance. 0: without labels
};

/// Pictures x [B,C,H,W] scaled to unit variance, noise [B] (EDM's ln(sigma) / 4), labels int64 [B] (undefined without
/// classes) -> [B,out_channels,H,W]. UserError when a side cannot be halved as often as there are levels.
at::Tensor unet(const Scope& scope, const at::Tensor& x, const at::Tensor& noise, const at::Tensor& labels,
                const UNetOptions& options);

}  // namespace retort::nn
