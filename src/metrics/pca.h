// Principal components of rows.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace retort::metrics {

struct Pca {
  at::Tensor mean;        ///< [C]
  at::Tensor components;  ///< [R,C] orthonormal, by falling variance; the entry of largest size is positive
  at::Tensor variance;    ///< [R] along each component
};

/// The `count` leading components of rows [N,C] (float32, N >= 1, 1 <= count <= C), from the covariance in float64. The
/// same rows give the same bits. Fault for other shapes.
Pca fit_pca(const at::Tensor& rows, int64_t count);

}  // namespace retort::metrics
