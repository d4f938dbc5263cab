// Whole training steps on a scene: project, blend, photometric loss, features, backward, Adam. No densification, no
// loading, the sparse model's splats. Variants run interleaved, so that a noisy machine is equally noisy to all.
//
//   bench_field_step SCENE [resolution=half] [rounds=10] [threads=all]
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <fmt/core.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <unordered_set>
#include <vector>

#include "core/errors.h"
#include "core/isa.h"
#include "distil/field/gaussians/field_renderer.h"
#include "distil/field/methods/splat_trainer.h"
#include "distil/field/methods/view_order.h"
#include "distil/field/scene/image_cache.h"

namespace retort::field {
namespace {

constexpr int steps_a_round = 20;

double seconds_now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

struct Variant {
  const char* name;
  int64_t channels;
  int shrink;  ///< the loss is taken at 1 / shrink of the image's size, weights pooled by area means
};

class StepBench {
 public:
  StepBench(const Scene& scene, ImageSource& images, const Variant& variant, ThreadPool& pool)
      : scene_(scene), images_(images), order_(scene.train, RandomTree(1)) {
    TrainOptions train;
    train.steps = 1'000'000;
    train.density.enabled = false;
    train.log_every = 10;
    trainer_.emplace(initial_splats(scene.points, variant.channels, true, pool),
                     SplatTrainerOptions{.train = train, .extent = scene.extent.radius, .isa = chosen_isa()},
                     RandomTree(2), pool);
    if (variant.channels == 0) return;
    loss_.emplace(TeacherOptions{.resize = FeatureResize::area}, FieldShapeOptions{}, 1.0, std::nullopt, pool);
    const auto& camera = scene.views.front().camera;
    target_.values =
        at::randn({camera.height / variant.shrink, camera.width / variant.shrink, variant.channels}).to(at::kHalf);
  }

  void step() {
    const int view = order_.at(trainer_->steps_done() + 1);
    trainer_->step(scene_.views[view].camera, *images_.get(view), loss_ ? &*loss_ : nullptr,
                   loss_ ? &target_ : nullptr);
  }

  double round() {
    const double start = seconds_now();
    for (int step = 0; step < steps_a_round; ++step) this->step();
    return steps_a_round / (seconds_now() - start);
  }

  /// Least seconds for a step's feature products and its sweeps over memory, at the measured peaks; blending, the loss
  /// and projection are not counted. Products: render and gradient, 2 flops a (pixel or cell, splat) pair and channel
  /// each. Bytes: Adam reads value, gradient and two moments and writes three of them; the teacher's map is read once.
  double floor_seconds(double gflops, double gigabytes, ThreadPool& pool) const {
    const auto& parameters = trainer_->parameters();
    double values = 0, map_bytes = 0, products = 0;
    for (const auto& [name, tensor] : parameters.named()) values += static_cast<double>(tensor->numel());
    if (loss_) {
      map_bytes = 2.0 * static_cast<double>(target_.values.numel());
      products = 4.0 * static_cast<double>(parameters.features.size(1)) * mean_pairs(pool);
    }
    return products / (gflops * 1e9) + (7 * 4 * values + map_bytes) / (gigabytes * 1e9);
  }

 private:
  /// Blended pairs of (map cell, splat) a view, mean over a few training views.
  double mean_pairs(ThreadPool& pool) const {
    constexpr size_t sampled_views = 5;
    const int shrink = scene_.views.front().camera.height / target_.height();
    splat::Renderer renderer(pool);
    double pairs = 0;
    for (size_t sample = 0; sample < sampled_views; ++sample) {
      const auto& camera = scene_.views[scene_.train[sample * scene_.train.size() / sampled_views]].camera;
      renderer.project(splat_arrays(trainer_->parameters()), camera, {});
      auto colour = at::empty({3, camera.height, camera.width});
      renderer.blend({.colour = colour.data_ptr<float>()});
      const auto lists = renderer.weight_lists();
      std::unordered_set<int64_t> cells;
      for (int64_t pixel = 0; pixel < int64_t{camera.width} * camera.height; ++pixel) {
        const int64_t cell = pixel / camera.width / shrink * camera.width + pixel % camera.width / shrink;
        for (auto entry = lists.offsets[pixel]; entry < lists.offsets[pixel + 1]; ++entry) {
          cells.insert(cell << 32 | lists.splats[entry]);
        }
      }
      pairs += static_cast<double>(cells.size()) / sampled_views;
    }
    return pairs;
  }

  const Scene& scene_;
  ImageSource& images_;
  ViewOrder order_;
  std::optional<SplatTrainer> trainer_;
  std::optional<FeatureLoss> loss_;
  TeacherTarget target_;
};

/// Rates of a matrix product (GFLOP/s) and of a copy (GB/s): what the feature products and the sweeps could reach.
std::pair<double, double> measured_peaks() {
  const auto a = at::randn({1024, 1024}), b = at::randn({1024, 1024});
  auto source = at::zeros({64 << 20}, at::kByte), target = at::empty_like(source);
  double matrix = 0, memory = 0;
  for (int repeat = 0; repeat < 8; ++repeat) {
    double start = seconds_now();
    at::mm(a, b);
    matrix = std::max(matrix, 2.0 * 1024 * 1024 * 1024 / (seconds_now() - start) / 1e9);
    start = seconds_now();
    target.copy_(source);
    memory = std::max(memory, 2.0 * (64 << 20) / (seconds_now() - start) / 1e9);
  }
  return {matrix, memory};
}

int bench(int argc, char** argv) {
  if (argc < 2) user_error("usage: bench_field_step SCENE [resolution] [rounds] [threads]");
  ThreadPool pool(argc > 4 ? std::stoi(argv[4]) : available_cores());
  at::set_num_threads(pool.threads());
  SceneOptions options;
  options.path = argv[1];
  options.resolution = argc > 2 ? argv[2] : "half";
  const int rounds = argc > 3 ? std::stoi(argv[3]) : 10;
  const auto scene = load_scene(options);
  const auto images = make_image_cache(scene, {});
  const auto& camera = scene.views.front().camera;
  fmt::print("{}x{}, {} splats, {} threads, {} rounds of {} steps\n", camera.width, camera.height, scene.points.size(),
             pool.threads(), rounds, steps_a_round);

  const std::vector<Variant> variants = {{"RGB", 0, 1},
                                         {"RGB + 16", 16, 1},
                                         {"RGB + 128", 128, 1},
                                         {"RGB + 128, loss at 1/4", 128, 4},
                                         {"RGB + 512, loss at 1/4", 512, 4}};
  std::vector<std::unique_ptr<StepBench>> benches;
  for (const auto& variant : variants) {
    benches.push_back(std::make_unique<StepBench>(scene, *images, variant, pool));
    benches.back()->round();
  }
  std::vector<std::vector<double>> rates(variants.size());
  for (int round = 0; round < rounds; ++round) {
    for (size_t index = 0; index < variants.size(); ++index) {
      const size_t turn = (index + round) % variants.size();
      rates[turn].push_back(benches[turn]->round());
    }
  }
  const auto [matrix, memory] = measured_peaks();
  fmt::print("measured peaks: matrix product {:.0f} GFLOP/s, copy {:.1f} GB/s\n", matrix, memory);
  fmt::print("{:<26} {:>8} {:>8} {:>8}   {:>9} {:>8}\n", "steps/s (higher is better)", "least", "median", "most",
             "floor ms", "share");
  for (size_t index = 0; index < variants.size(); ++index) {
    auto& sorted = rates[index];
    std::sort(sorted.begin(), sorted.end());
    const double median = sorted[sorted.size() / 2];
    const double floor = benches[index]->floor_seconds(matrix, memory, pool);
    fmt::print("{:<26} {:>8.1f} {:>8.1f} {:>8.1f}   {:>9.2f} {:>7.0f}%\n", variants[index].name, sorted.front(), median,
               sorted.back(), floor * 1e3, floor * median * 100);
  }
  fmt::print("floor: feature products and sweeps over memory at the measured peaks; share: of the median step\n");
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  fmt::print("peak memory of all variants together: {:.2f} GB\n", static_cast<double>(usage.ru_maxrss) * 1024 / 1e9);
  return 0;
}

}  // namespace
}  // namespace retort::field

int main(int argc, char** argv) {
  try {
    return retort::field::bench(argc, argv);
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 1;
  }
}
