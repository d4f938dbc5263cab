#include "distil/field/benchmarks/blended_pairs.h"

#include <algorithm>
#include <vector>

#include "distil/field/gaussians/field_renderer.h"

namespace retort::field {

namespace {
constexpr size_t most_views = 5;

// A cell counts the pixel whose corner lies in it; the few pixels that two cells share are counted once.
int64_t count_cell_pairs(const splat::WeightLists& lists, const Camera& camera, int shrink) {
  const int columns = camera.width / shrink, rows = camera.height / shrink;
  std::vector<int64_t> keys;
  int64_t pairs = 0;
  for (int row = 0; row < rows; ++row) {
    keys.clear();
    const int64_t first = int64_t{row} * camera.height / rows, end = int64_t{row + 1} * camera.height / rows;
    for (int64_t pixel = first * camera.width; pixel < end * camera.width; ++pixel) {
      const int64_t cell = pixel % camera.width * columns / camera.width;
      for (int64_t at = lists.offsets[pixel]; at < lists.offsets[pixel + 1]; ++at) {
        keys.push_back(cell << 32 | lists.splats[at]);
      }
    }
    std::sort(keys.begin(), keys.end());
    pairs += std::unique(keys.begin(), keys.end()) - keys.begin();
  }
  return pairs;
}
}  // namespace

std::vector<int> sampled_training_views(const Scene& scene) {
  const size_t samples = std::min(most_views, scene.train.size());
  std::vector<int> views;
  for (size_t sample = 0; sample < samples; ++sample) {
    views.push_back(scene.train[sample * scene.train.size() / samples]);
  }
  return views;
}

BlendedPairs count_blended_pairs(const Scene& scene, const splat::SplatParameters& splats, int shrink,
                                 ThreadPool& pool) {
  splat::Renderer renderer(pool);
  BlendedPairs pairs;
  const auto views = sampled_training_views(scene);
  const auto samples = static_cast<double>(views.size());
  for (const int view : views) {
    const auto& camera = scene.views[view].camera;
    renderer.project(splat_arrays(splats), camera, {});
    const auto lists = renderer.weight_lists();
    pairs.pixels += static_cast<double>(lists.splats.size()) / samples;
    pairs.cells += static_cast<double>(count_cell_pairs(lists, camera, shrink)) / samples;
  }
  return pairs;
}

}  // namespace retort::field
