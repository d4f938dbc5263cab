#include "losses/l1_ssim_strips.h"

namespace retort::losses {

struct L1SsimScalarTag;

const L1SsimStripKernels& l1_ssim_strips_scalar() {
  static constexpr L1SsimStripKernels kernels = {L1SsimStripLoops<L1SsimScalarTag>::forward,
                                                 L1SsimStripLoops<L1SsimScalarTag>::backward};
  return kernels;
}

}  // namespace retort::losses
