// Directional derivatives in forward mode: no graph is kept, the cost is about that of two forward passes.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <vector>

namespace retort::nn {

struct Tangent {
  at::Tensor value, tangent;  ///< f(x) and (df/dx) v, of the same shape
};

/// Value of `function` at `primals` and its derivative along `tangents` (shapes as the primals'). Reverse-mode
/// gradients may be taken through the result. Networks run inside must be told `higher_order`: fused attention has no
/// tangent. Calls don't nest.
Tangent directional_derivative(const std::function<at::Tensor(const std::vector<at::Tensor>&)>& function,
                               const std::vector<at::Tensor>& primals, const std::vector<at::Tensor>& tangents);

}  // namespace retort::nn
