// Contrast of two views of a batch (normalised temperature-scaled cross-entropy; Chen et al., "A Simple Framework for
// Contrastive Learning of Visual Representations", 2020).
#pragma once

#include <ATen/core/Tensor.h>

namespace retort::losses {

struct NtXentOptions {
  double temperature = 0.3;  ///< of the cosines, > 0; KD3's value
};

/// Each of the 2B rows of unit length is to name its other view among all rows but itself; cross-entropy, mean over the
/// rows. [B,D] twice -> []. A row of zeros has cosine 0 to all and no gradient. Source: Chen et al., equation 1;
/// tangjialiang97/KD3, distiller_zoo/relation.py Contrastive_loss_bn, which despite its name normalises no batch.
at::Tensor nt_xent_loss(const at::Tensor& first, const at::Tensor& second, const NtXentOptions& options = {});

}  // namespace retort::losses
