// Splats as plain numbers: what all file formats are read into and written from.
#pragma once

#include <cstdint>
#include <vector>

namespace retort::field {

/// Raw (pre-activation) numbers of P splats, one row a splat: opacity = sigmoid(logit), scale = exp(log scale),
/// rotation = q / |q|; colour is 0.5 + the spherical harmonics' sum (3DGS). World axes are the scene's (COLMAP's).
struct SplatCloud {
  int sh_degree = 0;                  ///< 0 to 3
  int64_t feature_dim = 0;            ///< N
  std::vector<float> means;           ///< [P,3]
  std::vector<float> quaternions;     ///< [P,4] w, x, y, z; any length but 0
  std::vector<float> log_scales;      ///< [P,3]
  std::vector<float> opacity_logits;  ///< [P]
  std::vector<float> sh;              ///< [P,K,3], K = (sh_degree + 1)^2, the constant first
  std::vector<float> features;        ///< [P,N]

  int64_t size() const { return static_cast<int64_t>(opacity_logits.size()); }
  int64_t coefficients() const { return int64_t{sh_degree + 1} * (sh_degree + 1); }

  /// Fault unless all lengths fit.
  void check() const;
};

/// Room for `size` splats, all numbers zero.
SplatCloud make_cloud(int64_t size, int sh_degree, int64_t feature_dim = 0);

/// The same splats with fewer spherical harmonics; unchanged when the degree is no lower.
SplatCloud with_sh_degree(SplatCloud cloud, int sh_degree);

}  // namespace retort::field
