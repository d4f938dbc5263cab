#include <spdlog/logger.h>

#include <algorithm>

#include "distil/field/benchmarks/field_bench_parts.h"
#include "distil/field/gaussians/field_renderer.h"
#include "distil/field/methods/splat_trainer.h"

namespace retort::field {

bool measure_renders(BenchScene& bench, const FieldBenchOptions& options, Context& context, FieldBenchResult& result) {
  const auto widest = *std::max_element(options.channels.begin(), options.channels.end());
  const auto splats = initial_splats(bench.scene.points, 0, true, context.pool);
  const int64_t pixels = int64_t{result.width} * result.height;
  const std::vector<float> values(splats.size() * widest, 0.01f);
  std::vector<float> map(pixels * widest);
  splat::Renderer renderer(context.pool, result.isa);
  std::vector<std::function<void()>> cases;
  for (const int64_t channels : options.channels) {
    cases.push_back([&, channels] {
      renderer.render_group({.values = values.data(), .channels = static_cast<int>(channels)}, map.data());
    });
  }
  const auto views = sampled_training_views(bench.scene);
  context.log.info("feature maps: {} widths, {} views, {} rounds each", cases.size(), views.size(), options.rounds);
  std::vector<std::vector<double>> milliseconds(cases.size());
  for (const int view : views) {
    renderer.project(splat_arrays(splats), bench.scene.views[view].camera, {});
    const auto times = measure_interleaved(cases, options.rounds, 1, [&] { return context.stop.requested(); });
    if (times.empty()) return false;
    for (size_t i = 0; i < cases.size(); ++i) {
      for (const double seconds : times[i].seconds) milliseconds[i].push_back(1e3 * seconds);
    }
  }
  for (size_t i = 0; i < cases.size(); ++i) {
    const auto channels = static_cast<double>(options.channels[i]);
    result.renders.push_back({.channels = options.channels[i],
                              .milliseconds = spread_of(milliseconds[i]),
                              .work = {.operations = 2 * channels * result.pairs.pixels,
                                       .bytes = sizeof(float) * channels * static_cast<double>(pixels)}});
  }
  return true;
}

}  // namespace retort::field
