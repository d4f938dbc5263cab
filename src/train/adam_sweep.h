// The inner loop of Adam over one stretch of one group. Only plain loops and pointers in here: the file is compiled
// once for each instruction set, and the tag type keeps the copies apart for the linker.
#pragma once

#include <cmath>
#include <cstdint>

namespace retort::train {

struct AdamSweep {
  float *parameters, *gradient, *first_moment, *second_moment;
  int64_t count;
  float beta1, beta2;
  float inverse_root_correction;  ///< 1 / sqrt(1 - beta2^t)
  float epsilon;
  float step_size;          ///< learning rate / (1 - beta1^t)
  const float* step_sizes;  ///< [row_length] instead, or null
  int64_t row_length;
  bool zero_gradient;
};

using AdamSweepFunction = void (*)(const AdamSweep&);
AdamSweepFunction adam_sweep_scalar();
AdamSweepFunction adam_sweep_avx2();
AdamSweepFunction adam_sweep_avx512();

template <class Tag>
struct AdamSweepLoops {
  static void sweep(const AdamSweep& sweep) {
    if (sweep.step_sizes == nullptr) {
      const float step_size = sweep.step_size;
      stretch(sweep, 0, sweep.count, [step_size](int64_t) { return step_size; });
    } else {
      const float* step_sizes = sweep.step_sizes;
      for (int64_t row = 0; row < sweep.count; row += sweep.row_length) {
        stretch(sweep, row, sweep.row_length, [step_sizes](int64_t column) { return step_sizes[column]; });
      }
    }
    if (!sweep.zero_gradient) return;
    for (int64_t i = 0; i < sweep.count; ++i) sweep.gradient[i] = 0;
  }

  template <class StepSize>
  static void stretch(const AdamSweep& sweep, int64_t begin, int64_t count, StepSize step_size) {
    float *__restrict parameters = sweep.parameters + begin, *__restrict first = sweep.first_moment + begin,
          *__restrict second = sweep.second_moment + begin;
    const float* __restrict gradient = sweep.gradient + begin;
    const float beta1 = sweep.beta1, beta2 = sweep.beta2, correction = sweep.inverse_root_correction,
                epsilon = sweep.epsilon;
    for (int64_t i = 0; i < count; ++i) {
      const float slope = gradient[i];
      first[i] = beta1 * first[i] + (1 - beta1) * slope;
      second[i] = beta2 * second[i] + (1 - beta2) * slope * slope;
      parameters[i] -= step_size(i) * first[i] / (sqrtf(second[i]) * correction + epsilon);
    }
  }
};

}  // namespace retort::train
