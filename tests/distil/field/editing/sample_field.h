// A field of a few splats in front of a camera.
#pragma once

#include <ATen/ATen.h>

#include "core/random.h"
#include "distil/field/gaussians/gaussian_field.h"

namespace retort::tests {

/// Numbers from a stream of its own, so that they are the same on every machine.
inline at::Tensor normal_numbers(at::IntArrayRef sizes, const char* stream) {
  auto random = RandomTree(7).child(stream).generator();
  const auto numbers = at::empty(sizes, at::kFloat);
  for (int64_t index = 0; index < numbers.numel(); ++index) numbers.data_ptr<float>()[index] = float(random.normal());
  return numbers;
}

inline field::GaussianField sample_field(int64_t size) {
  field::GaussianField field;
  field.sh_degree = 3;
  field.splats.means = 0.4 * normal_numbers({size, 3}, "means");
  field.splats.quaternions = normal_numbers({size, 4}, "quaternions");
  field.splats.log_scales = 0.3 * normal_numbers({size, 3}, "scales") - 2;
  field.splats.opacity_logits = 2 * normal_numbers({size}, "opacities");
  field.splats.sh = 0.2 * normal_numbers({size, 16, 3}, "sh");
  field.splats.features = normal_numbers({size, 4}, "features");
  return field;
}

/// The first so many of the splats, [P] bool.
inline at::Tensor first_splats(const field::GaussianField& field, int64_t count) {
  return at::arange(field.size()) < count;
}

}  // namespace retort::tests
