#include "train/precision.h"

#include "core/errors.h"
#include "core/torch_compat.h"

namespace retort::train {

AutocastScope::AutocastScope(Precision precision) : is_on_(precision == Precision::bfloat16) {
  if (!is_on_) return;
  if (!torch_compat::has_autocast) fault("bfloat16 needs LibTorch 2.4 or newer; train.precision=float32 runs here");
  torch_compat::begin_bfloat16();
}

AutocastScope::~AutocastScope() {
  if (is_on_) torch_compat::end_bfloat16();
}

}  // namespace retort::train
