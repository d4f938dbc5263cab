#include "train/adam_sweep.h"

namespace retort::train {

struct AdamSweepAvx2Tag;

AdamSweepFunction adam_sweep_avx2() { return AdamSweepLoops<AdamSweepAvx2Tag>::sweep; }

}  // namespace retort::train
