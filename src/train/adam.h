// Adam over plain float arrays, all groups in one sweep.
#pragma once

#include <cstdint>
#include <span>

#include "core/thread_pool.h"

namespace retort::train {

/// One parameter tensor with its moments. `step` counts from 1 and includes the step to come.
struct AdamGroup {
  float* parameters = nullptr;
  float* gradient = nullptr;
  float* first_moment = nullptr;
  float* second_moment = nullptr;
  int64_t count = 0;
  int64_t step = 1;
  double learning_rate = 0;
  double epsilon = 1e-8;
  /// When row_length > 0, the first `head_length` elements of each row move with `head_learning_rate` (SH coefficients
  /// keep the constant colour and the rest in one row). `count` is then a multiple of row_length.
  int64_t row_length = 0, head_length = 0;
  double head_learning_rate = 0;
  /// One byte a row of `row_length` elements: where 0, parameters and moments are left as they are (a lazy Adam, as
  /// torch.optim.SparseAdam; not the same optimiser). Null: all rows move.
  const uint8_t* active_rows = nullptr;
};

struct AdamOptions {
  double beta1 = 0.9, beta2 = 0.999;
  bool zero_gradient = false;  ///< leaves zeros in the gradient, in the same sweep
};

/// p -= lr m / (1 - beta1^t) / (sqrt(v / (1 - beta2^t)) + epsilon), as torch.optim.Adam without weight decay (Kingma
/// and Ba 2015, algorithm 1). Elementwise, hence the same bits for any thread count.
void adam_step(std::span<const AdamGroup> groups, const AdamOptions& options, ThreadPool& pool);

}  // namespace retort::train
