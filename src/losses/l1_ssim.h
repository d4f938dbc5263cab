// The photometric loss of Gaussian splatting, fused with its gradient.
#pragma once

#include <cstdint>
#include <memory>

#include "core/thread_pool.h"

namespace retort::losses {

/// What a rendered image is held to; exactly one of `planes` and `pixels` is given.
struct PhotometricTarget {
  const float* planes = nullptr;    ///< [3,H,W] in [0, 1]
  const uint8_t* pixels = nullptr;  ///< [H,W,3], 255 = 1
  /// [H,W], may be null. Where it is 0, image and target both count as black: no loss, no gradient. The means still run
  /// over all pixels.
  const uint8_t* mask = nullptr;
};

struct PhotometricTerms {
  double loss = 0;  ///< (1 - lambda) l1 + lambda (1 - ssim)
  double l1 = 0;    ///< mean absolute difference
  double ssim = 0;  ///< as metrics::ssim
};

/// loss = (1 - lambda_dssim) mean|I - T| + lambda_dssim (1 - SSIM(I, T)), in float32 with a closed-form gradient; sums
/// in float64. Source: Kerbl et al. 2023, eq. 7; SSIM as in Feature 3DGS, utils/loss_utils.py. Buffers are kept from
/// call to call. Work is cut into strips of fixed height, so results are the same bits for any thread count.
class PhotometricLoss {
 public:
  /// The pool must outlive the loss.
  explicit PhotometricLoss(ThreadPool& pool);
  ~PhotometricLoss();

  /// `image` [3,H,W]; `gradient` [3,H,W] is overwritten, or null when only the terms are wanted. Fault for an empty
  /// image or no target.
  PhotometricTerms evaluate(const float* image, const PhotometricTarget& target, int height, int width,
                            double lambda_dssim, float* gradient);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace retort::losses
