// Colours of splats changed together with their shading.
#pragma once

#include <ATen/core/Tensor.h>

#include "distil/field/editing/script/edits.h"
#include "distil/field/splat/parameters.h"

namespace retort::field {

/// Harmonics [M,16,3] with colours changed by the edit. A splat shows max(0, SH(direction) + 0.5), and SH is linear in
/// its coefficients: with c' = A c + b the higher ones become A k, the constant one A k + (A 0.5 + b - 0.5) / C0, with
/// C0 = 0.28209479 the constant basis function. `opacity_logits` [M] weigh the mean brightness that a colour without a
/// matrix is held against.
at::Tensor recoloured(const at::Tensor& sh, const at::Tensor& opacity_logits, const RecolourEdit& edit);

}  // namespace retort::field
