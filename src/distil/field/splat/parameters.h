// The trainable numbers of a field of Gaussians.
#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <map>
#include <string>
#include <utility>

namespace retort::splat {

/// Raw (pre-activation) parameters of P Gaussians: float32, CPU, contiguous. Activations: opacity = sigmoid, scale =
/// exp, rotation = q / |q|, features as they are (Feature 3DGS, scene/gaussian_model.py).
struct SplatParameters {
  at::Tensor means;           ///< [P,3] world
  at::Tensor sh;              ///< [P,16,3] spherical harmonics, the constant first
  at::Tensor opacity_logits;  ///< [P]
  at::Tensor log_scales;      ///< [P,3]
  at::Tensor quaternions;     ///< [P,4] w, x, y, z
  at::Tensor features;        ///< [P,N], N may be 0

  int64_t size() const { return means.size(0); }

  /// Names and tensors, always in this order: means, sh, opacity_logits, log_scales, quaternions, features.
  std::array<std::pair<const char*, at::Tensor*>, 6> named();
  std::array<std::pair<const char*, const at::Tensor*>, 6> named() const;

  /// Fault that names the tensor unless dtypes, layouts and shapes are as described above.
  void check() const;
};

/// Adds the parameters to `tensors`, each name led by `prefix`.
void put_parameters(const SplatParameters& parameters, const std::string& prefix,
                    std::map<std::string, at::Tensor>& tensors);

/// Takes them out again. UserError led by `source` (a file's name) when one is missing or dtypes or shapes don't fit.
SplatParameters take_parameters(const std::map<std::string, at::Tensor>& tensors, const std::string& prefix,
                                const std::string& source);

}  // namespace retort::splat
