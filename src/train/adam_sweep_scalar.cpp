#include "train/adam_sweep.h"

namespace retort::train {

struct AdamSweepScalarTag;

AdamSweepFunction adam_sweep_scalar() { return AdamSweepLoops<AdamSweepScalarTag>::sweep; }

}  // namespace retort::train
