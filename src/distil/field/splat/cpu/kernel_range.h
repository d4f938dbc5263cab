// The per-splat kernels over a range, sixteen at a time.
#pragma once

#include "distil/field/splat/cpu/project_backward_kernel.h"

namespace retort::splat {

template <class V>
void project_range(const ProjectJob& job, int64_t begin, int64_t end) {
  for (; begin < end; begin += 16) project_lanes<V>(job, begin, end - begin < 16 ? static_cast<int>(end - begin) : 16);
}

template <class V>
void project_backward_range(const ProjectBackwardJob& job, int64_t begin, int64_t end, double* pose) {
  for (; begin < end; begin += 16) {
    project_backward_lanes<V>(job, begin, end - begin < 16 ? static_cast<int>(end - begin) : 16, pose);
  }
}

}  // namespace retort::splat
