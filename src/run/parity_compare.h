// Element by element comparison of what a parity function gave with what a golden file stores.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>

namespace retort::run {

/// Every floating element must satisfy abs(got - want) <= absolute + relative * abs(want).
struct ParityTolerance {
  double relative = 0, absolute = 0;
};

/// Deviations over all tensors of one file.
struct ParityDeviation {
  double max_absolute = 0;
  double max_relative = 0;  ///< over elements with abs(want) > the absolute tolerance
};

/// Compares and widens `deviation`. Integers and booleans must be equal; NaN matches NaN, an infinity the same
/// infinity. Returns "" or a sentence that names the tensor and its first offending element (or both dtypes or shapes).
std::string compare_parity_tensors(const std::string& name, const at::Tensor& got, const at::Tensor& want,
                                   const ParityTolerance& tolerance, ParityDeviation& deviation);

}  // namespace retort::run
