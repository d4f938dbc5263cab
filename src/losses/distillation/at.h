// Attention transfer (Zagoruyko and Komodakis 2017).
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace retort::losses {

/// [B,C,H,W] -> [B,H*W]: mean over the channels of map^power, each sample divided by its length. A map of zeros stays
/// zero.
at::Tensor attention_map(const at::Tensor& map, int64_t power);

struct AtOptions {
  int64_t p = 2;  ///< power of the activations; >= 1
};

/// Sum over stages of the squared difference of attention maps, mean over batch and positions. [B,C,H,W] and [B,D,h,w]
/// per stage; the larger map is averaged down. Source: mdistiller, distillers/AT.py at_loss, the form behind the
/// published numbers.
at::Tensor at_loss(const std::vector<at::Tensor>& student_features, const std::vector<at::Tensor>& teacher_features,
                   const AtOptions& options = {});

/// As the paper writes it (eq. 2): power 2, length of the difference (not squared) per sample, mean over the batch, sum
/// over stages. Maps of equal height and width. Source: torchdistill, losses/mid_level.py ATLoss(mode=paper).
at::Tensor at_paper_loss(const std::vector<at::Tensor>& student_features,
                         const std::vector<at::Tensor>& teacher_features);

}  // namespace retort::losses
