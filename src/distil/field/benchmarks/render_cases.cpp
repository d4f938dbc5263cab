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
  // One renderer blends the colours first, as in training and in pictures with features; the other renders maps alone.
  splat::Renderer alone(context.pool, result.isa), after_colours(context.pool, result.isa);
  std::vector<RenderRow> rows;
  std::vector<std::function<void()>> cases;
  for (splat::Renderer* renderer : {&alone, &after_colours}) {
    for (const int64_t channels : options.channels) {
      rows.push_back({.channels = channels,
                      .after_colours = renderer == &after_colours,
                      .work = {.operations = 2 * static_cast<double>(channels) * result.pairs.pixels,
                               .bytes = sizeof(float) * static_cast<double>(channels * pixels)}});
      cases.push_back([&, renderer, channels] {
        renderer->render_group({.values = values.data(), .channels = static_cast<int>(channels)}, map.data());
      });
    }
  }
  const auto views = sampled_training_views(bench.scene);
  context.log.info("feature maps: {} cases, {} views, {} rounds each", cases.size(), views.size(), options.rounds);
  std::vector<std::vector<double>> milliseconds(cases.size());
  for (const int view : views) {
    for (splat::Renderer* renderer : {&alone, &after_colours}) {
      renderer->project(splat_arrays(splats), bench.scene.views[view].camera, {});
    }
    after_colours.blend({}, true);
    const auto times = measure_interleaved(cases, options.rounds, 1, [&] { return context.stop.requested(); });
    if (times.empty()) return false;
    for (size_t i = 0; i < cases.size(); ++i) {
      for (const double seconds : times[i].seconds) milliseconds[i].push_back(1e3 * seconds);
    }
  }
  for (size_t i = 0; i < cases.size(); ++i) {
    rows[i].milliseconds = spread_of(milliseconds[i]);
    result.renders.push_back(rows[i]);
  }
  return true;
}

}  // namespace retort::field
