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
#include <vector>

#include "core/env.h"
#include "core/errors.h"
#include "distil/field/methods/splat_trainer.h"
#include "distil/field/methods/view_order.h"
#include "distil/field/scene/image_cache.h"
#include "distil/field/splat/initialise.h"

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
    const auto count = scene.points.size();
    const auto positions = at::tensor(scene.points.positions).view({count, 3});
    const auto colours = at::tensor(scene.points.colours).to(at::kFloat).view({count, 3}) / 255;
    trainer_.emplace(splat::initialise_splats(positions, colours, {.feature_dim = variant.channels, .morton_order = true}, pool),
                     SplatTrainerOptions{.train = train,
                                         .extent = scene.extent.radius,
                                         .isa = splat::parse_isa(env::get("ISA"))},
                     RandomTree(2), pool);
    if (variant.channels == 0) return;
    loss_.emplace(TeacherOptions{.resize = FeatureResize::area}, FieldShapeOptions{}, 1.0, std::nullopt, pool);
    const auto& camera = scene.views.front().camera;
    target_.values = at::randn({camera.height / variant.shrink, camera.width / variant.shrink, variant.channels})
                         .to(at::kHalf);
  }

  void step() {
    const int view = order_.at(trainer_->steps_done() + 1);
    trainer_->step(scene_.views[view].camera, *images_.get(view), loss_ ? &*loss_ : nullptr, loss_ ? &target_ : nullptr);
  }

  double round() {
    const double start = seconds_now();
    for (int step = 0; step < steps_a_round; ++step) this->step();
    return steps_a_round / (seconds_now() - start);
  }

 private:
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
  fmt::print("{:<26} {:>8} {:>8} {:>8}   steps/s, higher is better\n", "whole step", "least", "median", "most");
  for (size_t index = 0; index < variants.size(); ++index) {
    auto& sorted = rates[index];
    std::sort(sorted.begin(), sorted.end());
    fmt::print("{:<26} {:>8.1f} {:>8.1f} {:>8.1f}\n", variants[index].name, sorted.front(), sorted[sorted.size() / 2],
               sorted.back());
  }
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
