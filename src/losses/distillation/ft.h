// Factor transfer (Kim et al. 2018, "Paraphrasing Complex Network"): losses of the factors that a paraphraser (teacher)
// and a translator (student) extract.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace retort::losses {

struct FtOptions {
  int64_t p1 = 2;  ///< power of the activations in the attention map of a factor; >= 1
  int64_t p2 = 1;  ///< power of the absolute difference; >= 1
};

/// Mean |difference|^p2 of the attention maps of both factors. [B,C,H,W] and [B,C,h,w], the larger averaged down -> [].
/// Source: RepDistiller, distiller_zoo/FT.py FactorTransfer, the form behind the published numbers. Its quirk: factors
/// are reduced to attention maps first; the paper compares whole factors (ft_paper_loss).
at::Tensor ft_loss(const at::Tensor& student_factor, const at::Tensor& teacher_factor, const FtOptions& options = {});

/// Flattened maps [B,...], each sample divided by its q-norm (zeros stay zeros); p = 1: mean absolute difference over
/// all elements, else the p-norm of each sample's difference, mean over the batch.
at::Tensor normalized_difference(const at::Tensor& student, const at::Tensor& teacher, int64_t p, int64_t q);

struct FtPaperOptions {
  int64_t p = 1;  ///< norm of the difference; >= 1
};

/// normalized_difference(student, teacher, p, 2) of whole factors. [B,C,H,W] both -> []. Source:
/// torchdistill, losses/mid_level.py FTLoss.
at::Tensor ft_paper_loss(const at::Tensor& student_factor, const at::Tensor& teacher_factor,
                         const FtPaperOptions& options = {});

}  // namespace retort::losses
