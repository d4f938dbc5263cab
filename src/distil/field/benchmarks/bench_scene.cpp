#include "distil/field/benchmarks/bench_scene.h"

#include "distil/field/scene/synthetic.h"

namespace retort::field {

std::unique_ptr<BenchScene> synthetic_bench_scene(bool small, ThreadPool& pool) {
  auto made = make_synthetic_scene({.views = 12,
                                    .width = small ? 200 : 400,
                                    .height = small ? 150 : 300,
                                    .points = small ? 10'000 : 100'000,
                                    .feature_dim = 16,
                                    .feature_downscale = 10,
                                    .supersampling = 1,
                                    .noise = {}},
                                   pool);
  auto bench = std::make_unique<BenchScene>();
  bench->name = "synthetic";
  bench->scene = std::move(made.scene);
  bench->images = make_memory_images(std::move(made.images));
  return bench;
}

std::unique_ptr<BenchScene> loaded_bench_scene(const SceneOptions& options) {
  auto bench = std::make_unique<BenchScene>();
  bench->name = options.path;
  bench->scene = load_scene(options);
  bench->images = make_image_cache(bench->scene, {});
  for (const int view : bench->scene.train) bench->images->get(view);
  return bench;
}

}  // namespace retort::field
