// Gradients that prefer flat minima: taken at the worst point nearby.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <string>
#include <vector>

#include "core/options.h"
#include "train/parameter_buffer.h"

namespace retort::train {

enum class SharpnessKind { none, sam, gsam };
inline std::vector<std::string> choices(SharpnessKind) { return {"none", "sam", "gsam"}; }

struct SharpnessOptions {
  SharpnessKind kind = SharpnessKind::none;
  double rho = 0.05;
  double alpha = 0.3;
  bool adaptive = false;
};
void fields(OptionVisitor& v, SharpnessOptions& o);

/// Way from `values` [P] up the loss with this gradient [P]: rho g / |g|; adaptive: rho w^2 g / ||w| g|, by the sizes
/// of the parameters. Source: Foret et al., ICLR 2021, equation 2; Kwon et al., ICML 2021, equation 8 for p = 2.
at::Tensor ascent(const at::Tensor& values, const at::Tensor& gradient, double rho, bool adaptive);

/// The gradient at the worst point, less alpha times the part of the gradient at the point itself that is orthogonal to
/// it: the descent of the gap between the two losses. Both [P]. Source: Zhuang et al., ICLR 2022, algorithm 1.
at::Tensor gap_descent(const at::Tensor& gradient, const at::Tensor& worst_gradient, double alpha);

/// Between backward and the optimiser's step: the buffer holds the gradient of a batch and leaves with the one to
/// descend by, its values being as before to the bit, also when `recompute_gradients` throws. That one must add the
/// gradients of the same batch at the values it finds to gradients of 0, and should leave running statistics alone.
/// With kind none nothing happens. rho stays constant (GSAM's paper lets it follow the learning rate).
void sharpen(const SharpnessOptions& options, ParameterBuffer& buffer,
             const std::function<void()>& recompute_gradients);

}  // namespace retort::train
