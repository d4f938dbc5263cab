// The networks of factor transfer (Kim et al. 2018, "Paraphrasing Complex Network"): a paraphraser on the teacher's
// last map, trained first to give that map back, and a translator on the student's.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "nn/scope.h"

namespace retort::losses {

struct FactorOptions {
  double rate = 0.5;                 ///< width of a factor over that of the teacher's map (rounded down), in (0, 1]
  bool batch_normalisation = false;  ///< after each convolution; the translator has it, the paraphraser has not
  double slope = 0.1;                ///< of the leaky ReLUs
};

/// Three 3x3 convolutions `encoder.0`, `.3`, `.6` (batch normalisation in `.1`, `.4`, `.7`), each with a leaky ReLU:
/// widths C, factor, factor. [B,C,H,W] -> [B,rate * teacher_channels,H,W]. The paraphraser with C = teacher_channels;
/// the translator with the student's C. Source: RepDistiller, models/util.py Paraphraser and Translator.
at::Tensor extracted_factor(const nn::Scope& scope, const at::Tensor& map, int64_t teacher_channels,
                            const FactorOptions& options = {});

/// The paraphraser's way back: transposed 3x3 convolutions `decoder.0`, `.3`, `.6` of widths factor, C, C, each with a
/// leaky ReLU. [B,factor,H,W] -> [B,teacher_channels,H,W]. Its training minimises the mean squared difference to the
/// teacher's map.
at::Tensor paraphrased_map(const nn::Scope& scope, const at::Tensor& factor, int64_t teacher_channels,
                           const FactorOptions& options = {});

}  // namespace retort::losses
