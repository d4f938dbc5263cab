#include "train/adam_sweep.h"

namespace retort::train {

struct AdamSweepAvx512Tag;

AdamSweepFunction adam_sweep_avx512() { return AdamSweepLoops<AdamSweepAvx512Tag>::sweep; }

}  // namespace retort::train
