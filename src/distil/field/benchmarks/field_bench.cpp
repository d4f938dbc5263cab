#include "distil/field/benchmarks/field_bench.h"

#include <sys/resource.h>

#include <algorithm>

#include "core/errors.h"
#include "distil/field/benchmarks/field_bench_parts.h"
#include "distil/field/benchmarks/machine_rates.h"
#include "distil/field/methods/splat_trainer.h"

namespace retort::field {

namespace {
constexpr int64_t most_channels = 2048;

void check_bench(const BenchScene& bench, const FieldBenchOptions& options) {
  if (options.channels.empty()) user_error("bench: no channels are asked for; 16,128,512 would be right");
  for (const int64_t channels : options.channels) {
    if (channels < 1 || channels > most_channels) {
      user_error("bench: {} channels; 1 to {} would be right", channels, most_channels);
    }
  }
  const auto& first = bench.scene.views[bench.scene.train.front()].camera;
  if (first.width < bench_shrink || first.height < bench_shrink) {
    user_error("bench: pictures of {}x{} pixels are too small for a quarter of them", first.width, first.height);
  }
  for (const int view : bench.scene.train) {
    const auto& camera = bench.scene.views[view].camera;
    if (camera.width == first.width && camera.height == first.height) continue;
    user_error("bench: {} is {}x{} pixels, {} is {}x{}; pictures of one size would be right",
               bench.scene.views[view].name, camera.width, camera.height,
               bench.scene.views[bench.scene.train.front()].name, first.width, first.height);
  }
}

FieldBenchResult describe(const BenchScene& bench, Context& context) {
  const auto& camera = bench.scene.views[bench.scene.train.front()].camera;
  return {.scene = bench.name,
          .width = camera.width,
          .height = camera.height,
          .threads = context.pool.threads(),
          .splats = bench.scene.points.size(),
          .isa = chosen_isa(),
          .pairs = count_blended_pairs(bench.scene, initial_splats(bench.scene.points, 0, true, context.pool),
                                       bench_shrink, context.pool)};
}

// Before and after the cases: the better of both is what the machine can do.
void measure_rates(FieldBenchResult& result, ThreadPool& pool) {
  result.gflops = std::max(result.gflops, measure_matrix_rate());
  result.gigabytes = std::max(result.gigabytes, measure_memory_rate(pool));
}
}  // namespace

std::optional<FieldBenchResult> run_field_bench(BenchScene& bench, const FieldBenchOptions& options, Context& context) {
  check_bench(bench, options);
  auto result = describe(bench, context);
  if (options.steps_measured && !measure_steps(bench, options, context, result)) return std::nullopt;
  // Before the rates are measured: their arrays are large, and none of a training run's.
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  result.peak_memory_gb = static_cast<double>(usage.ru_maxrss) * 1024 / 1e9;
  measure_rates(result, context.pool);
  if (options.renders_measured && !measure_renders(bench, options, context, result)) return std::nullopt;
  if (options.comparison_measured && !compare_kernels(bench, options, context, result)) return std::nullopt;
  measure_rates(result, context.pool);
  return result;
}

}  // namespace retort::field
