// The branch of OFA-KD for students of tokens: from a stage to logits of its own. Dropped after training.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "nn/scope.h"

namespace retort::losses {

struct TokenBranchOptions {
  int64_t stage = 1;  ///< 1 to `stages`, from the picture on
  int64_t stages = 4;
  int64_t width = 0;         ///< of the student's last tokens; a multiple of 4
  int64_t class_tokens = 0;  ///< in front of the tokens; they take no part in the merging
  int64_t classes = 0;
};

/// A branch on tokens [B,N,D] -> logits [B,classes]. Patches are merged two by two (`merging.0`, ...; merged_patches)
/// as long as the side of their grid stays 7 or more; transformer blocks of four heads `blocks.0`, ... follow, one for
/// each stage that is left and one at the least; the class tokens side by side, or without such the mean over all
/// tokens, go through the linear `head`. UserError when patches are no square or tokens of another width are left
/// unmerged. Source: paper, appendix; Hao840/OFAKD, distillers/ofa.py. Blocks have no biases in `qkv`, as timm's had by
/// default.
at::Tensor token_branch_logits(const nn::Scope& scope, const at::Tensor& tokens, const TokenBranchOptions& options);

}  // namespace retort::losses
