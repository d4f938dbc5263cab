// Class probabilities stored in few numbers (Shen and Xing, "A Fast Knowledge Distillation Framework for Visual
// Recognition", ECCV 2022: FKD).
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

namespace retort::data {

/// How probabilities are stored, by the authors' names: the surest class alone; it and its probability; the k surest
/// ones with theirs. `marginal_renorm` is what FKD's reader calls `marginal_renorm_k5`.
enum class SoftLabelForm {
  hard,
  smoothing,
  marginal_smoothing_k5,
  marginal_smoothing_k10,
  marginal_renorm_k5,
  marginal_renorm
};
inline std::vector<std::string> choices(SoftLabelForm) {
  return {"hard",           "smoothing", "marginal_smoothing_k5", "marginal_smoothing_k10", "marginal_renorm_k5",
          "marginal_renorm"};
}

/// Classes kept of each sample.
int64_t stored_classes(SoftLabelForm form);

/// Probabilities [M,C] as they are stored: hard int64 [M]; smoothing [M,2], index and probability; else [M,2,k],
/// indices and probabilities by falling probability, equal ones by index. Indices are stored as floating numbers: half
/// precision is exact up to 2048 classes. UserError when there are fewer than k classes. Source: szq0214/FKD,
/// FKD_SLG/generate_soft_label.py label_quantization.
at::Tensor quantized_labels(const at::Tensor& probabilities, SoftLabelForm form);

/// Probabilities [B,classes] from what quantized_labels() gave: the classes that were not stored share what is left
/// evenly, or, with renormalisation, get nothing while the stored ones are scaled to sum to 1. Stored probabilities
/// whose sum exceeds 1 by rounding are scaled down to it (theirs: the rest becomes negative). float32 for hard labels,
/// else as stored. UserError when the shape doesn't fit the form or an index is no class. Source: szq0214/FKD,
/// utils_FKD.py Recover_soft_label.
at::Tensor recovered_labels(const at::Tensor& stored, SoftLabelForm form, int64_t classes);

/// lambda label + (1 - lambda) the partner's label: [B,C], partner int64 [B].
at::Tensor mixed_labels(const at::Tensor& soft_labels, const at::Tensor& partner, double lambda);

}  // namespace retort::data
