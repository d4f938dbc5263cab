// Two short measurements against which rates of the program can be read.
#pragma once

#include "core/thread_pool.h"

namespace retort::field {

/// Best rate of a float32 matrix product in LibTorch, in GFLOP/s (a multiply-add counts 2); takes about 0.3 s.
double measure_matrix_rate();

/// Best rate at which the pool copies memory that no cache holds, in GB/s (bytes read plus bytes written); about 0.3 s.
double measure_memory_rate(ThreadPool& pool);

}  // namespace retort::field
