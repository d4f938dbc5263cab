#include "losses/l1_ssim_strips.h"

namespace retort::losses {

struct L1SsimAvx512Tag;

const L1SsimStripKernels& l1_ssim_strips_avx512() {
  static constexpr L1SsimStripKernels kernels = {L1SsimStripLoops<L1SsimAvx512Tag>::forward,
                                                 L1SsimStripLoops<L1SsimAvx512Tag>::backward};
  return kernels;
}

}  // namespace retort::losses
