#include "losses/l1_ssim_strips.h"

namespace retort::losses {

struct L1SsimAvx2Tag;

const L1SsimStripKernels& l1_ssim_strips_avx2() {
  static constexpr L1SsimStripKernels kernels = {L1SsimStripLoops<L1SsimAvx2Tag>::forward,
                                                 L1SsimStripLoops<L1SsimAvx2Tag>::backward};
  return kernels;
}

}  // namespace retort::losses
