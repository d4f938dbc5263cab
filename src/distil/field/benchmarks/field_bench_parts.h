// The three measurements of `retort bench field`. Each adds its rows to the result and returns false when asked to
// stop.
#pragma once

#include "distil/field/benchmarks/field_bench.h"

namespace retort::field {

/// Whole steps of every width, the loss at full and at a quarter of the size.
bool measure_steps(BenchScene& bench, const FieldBenchOptions& options, Context& context, FieldBenchResult& result);

/// Whole steps of this machine's instruction sets, and of one thread against all.
bool compare_kernels(BenchScene& bench, const FieldBenchOptions& options, Context& context, FieldBenchResult& result);

/// Full-size feature maps alone.
bool measure_renders(BenchScene& bench, const FieldBenchOptions& options, Context& context, FieldBenchResult& result);

}  // namespace retort::field
