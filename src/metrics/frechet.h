// Distance of two clouds of features, each taken as a Gaussian.
#pragma once

#include <ATen/core/Tensor.h>

namespace retort::metrics {

/// Frechet distance of the Gaussians fitted to feature rows [n,d] and [m,d] (n, m >= 2; covariance over n - 1); lower
/// is better. Computed in float64 whatever the dtype. Source: Heusel et al. 2017, eq. 6.
double frechet_distance(const at::Tensor& features_a, const at::Tensor& features_b);

/// The same from means [d] and covariances [d,d]: |ma - mb|^2 + tr(Ca + Cb - 2 (Ca Cb)^(1/2)). The trace of the root is
/// taken from the symmetric Ca^(1/2) Cb Ca^(1/2), which has the same eigenvalues and stays real when the covariances
/// are singular. Source: NVlabs/edm, fid.py calculate_fid_from_inception_stats.
double frechet_distance_from_moments(const at::Tensor& mean_a, const at::Tensor& covariance_a, const at::Tensor& mean_b,
                                     const at::Tensor& covariance_b);

}  // namespace retort::metrics
