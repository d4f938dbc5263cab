// Which kernels this machine can run.
#pragma once

#include "distil/field/splat/cpu/kernel_types.h"
#include "distil/field/splat/cpu/renderer.h"

namespace retort::splat {

/// `automatic` resolved; UserError when the machine lacks what was asked for.
Isa resolve_isa(Isa isa);
/// Kernels of a resolved instruction set.
const Kernels& kernels_for(Isa isa);

}  // namespace retort::splat
