// Pictures recovered from a network: its batch-norm statistics are to be met while the labels are.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <string>
#include <vector>

#include "nn/scope.h"
#include "nn/weights.h"

namespace retort::dataset {

/// |variance(x) - running_var|_2 + |mean(x) - running_mean|_2 over channels, with mean and biased variance of a batch
/// norm's input `x` [B,C,H,W] over batch and place; plain, not squared norms.
/// Source: Yin et al., "Squeeze, Recover and Relabel", NeurIPS 2023, equation 7; VILA-Lab/SRe2L,
/// SRe2L/recover/utils.py, BNFeatureHook.
at::Tensor batch_statistics_distance(const at::Tensor& x, const at::Tensor& running_mean,
                                     const at::Tensor& running_var);

struct RecoverOptions {
  double r_bn = 0.01;                 ///< weight of the statistics
  double first_bn_multiplier = 10.0;  ///< of the first batch norm; the others weigh 1
};

struct RecoverLoss {
  at::Tensor cross_entropy, bn, value;  ///< [] each; value = cross_entropy + r_bn bn
};

/// Loss of pictures `x` [B,C,H,W] with labels `y` [B] under a network in evaluation mode; `batch_norms` are the paths
/// of its batch norms in the order in which they run. UserError when a path is none.
RecoverLoss recover_loss(const std::function<at::Tensor(const nn::Scope&, const at::Tensor&)>& network,
                         const nn::Weights& weights, const std::vector<std::string>& batch_norms, const at::Tensor& x,
                         const at::Tensor& y, const RecoverOptions& options);

}  // namespace retort::dataset
