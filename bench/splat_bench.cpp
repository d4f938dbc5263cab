// Phases of the splat kernels in milliseconds, and their share of this machine's measured peaks.
//
//   bench_splat [rounds=15] [isa=auto] [threads=all] [scene.safetensors]
//
// Without a file the scene is a synthetic cloud like a small photo scene's. A file holds means [P,3], quaternions
// [P,4], log_scales [P,3], opacity_logits [P], sh [P,K,3], world_to_camera [4,4], intrinsics [6] = width, height, fx,
// fy, cx, cy; all float32. Variants run in turn within each round. Processor time per thread stands beside the wall
// clock: on a machine that others use, it is the steadier number.
#include <fmt/core.h>
#include <immintrin.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>
#include <functional>
#include <map>
#include <random>
#include <vector>

#include "core/errors.h"
#include "distil/field/splat/cpu/renderer.h"
#include "io/safetensors.h"

namespace retort::splat {
namespace {

struct BenchScene {
  std::vector<float> means, quaternions, log_scales, opacity_logits, sh;
  field::Camera camera;

  SplatArrays<float> arrays() const {
    const auto count = static_cast<int64_t>(opacity_logits.size());
    return {count,
            static_cast<int>(sh.size() / (3 * count)),
            means.data(),
            quaternions.data(),
            log_scales.data(),
            opacity_logits.data(),
            sh.data()};
  }
};

/// As many splats as a small photo scene's sparse model, of about the same coverage.
BenchScene synthetic_scene() {
  constexpr int count = 12'300;
  std::mt19937 generator(1);
  std::uniform_real_distribution<float> uniform(-1, 1);
  BenchScene scene;
  for (int i = 0; i < count; ++i) {
    const float z = 3 + 2 * uniform(generator) * std::abs(uniform(generator)),
                size = std::log(0.05f) + 0.8f * uniform(generator);
    scene.means.insert(scene.means.end(), {0.33f * z * uniform(generator), 0.55f * z * uniform(generator), z});
    scene.quaternions.insert(scene.quaternions.end(), {1, 0, 0, 0});
    scene.log_scales.insert(scene.log_scales.end(), {size, size, size});
    scene.opacity_logits.push_back(-2.2f + 1.5f * uniform(generator));
    for (int k = 0; k < 48; ++k) scene.sh.push_back(k < 3 ? uniform(generator) : 0.05f * uniform(generator));
  }
  scene.camera = {.width = 267, .height = 474, .fx = 380, .fy = 380, .cx = 133.5, .cy = 237};
  return scene;
}

BenchScene load_bench_scene(const std::string& path) {
  const auto file = io::read_safetensors(path);
  const auto floats = [&](const char* name) {
    const auto found = file.tensors.find(name);
    if (found == file.tensors.end()) user_error("{}: has no tensor '{}'", path, name);
    const auto bytes = found->second.bytes();
    std::vector<float> values(bytes.size() / sizeof(float));
    std::memcpy(values.data(), bytes.data(), values.size() * sizeof(float));
    return values;
  };
  BenchScene scene{floats("means"),          floats("quaternions"), floats("log_scales"),
                   floats("opacity_logits"), floats("sh"),          {}};
  const auto intrinsics = floats("intrinsics"), pose = floats("world_to_camera");
  if (intrinsics.size() != 6 || pose.size() != 16)
    user_error("{}: intrinsics are not [6] or world_to_camera not [4,4]", path);
  scene.camera = {.width = static_cast<int>(intrinsics[0]),
                  .height = static_cast<int>(intrinsics[1]),
                  .fx = intrinsics[2],
                  .fy = intrinsics[3],
                  .cx = intrinsics[4],
                  .cy = intrinsics[5]};
  std::copy(pose.begin(), pose.end(), scene.camera.world_to_camera.begin());
  return scene;
}

struct Times {
  double wall, processor;  ///< milliseconds; processor time divided by the threads
};

class Stopwatch {
 public:
  explicit Stopwatch(int threads) : threads_(threads), wall_(now()), processor_(used()) {}
  Times read() const { return {now() - wall_, (used() - processor_) / threads_}; }

 private:
  static double now() {
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now().time_since_epoch()).count();
  }
  static double used() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e3 +
           static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e3;
  }
  int threads_;
  double wall_, processor_;
};

#if defined(__x86_64__)
__attribute__((target("avx512f"))) float spin_avx512(int64_t rounds) {
  __m512 sums[16];
  for (auto& sum : sums) sum = _mm512_set1_ps(1.0f);
  const __m512 a = _mm512_set1_ps(0.999f), b = _mm512_set1_ps(1e-3f);
  for (int64_t i = 0; i < rounds; ++i) {
#pragma GCC unroll 16
    for (auto& sum : sums) sum = _mm512_fmadd_ps(sum, a, b);
  }
  float lanes[16], total = 0;
  for (const auto& sum : sums) {
    _mm512_storeu_ps(lanes, sum);
    total += lanes[0];
  }
  return total;
}

__attribute__((target("avx2,fma"))) float spin_avx2(int64_t rounds) {
  __m256 sums[12];
  for (auto& sum : sums) sum = _mm256_set1_ps(1.0f);
  const __m256 a = _mm256_set1_ps(0.999f), b = _mm256_set1_ps(1e-3f);
  for (int64_t i = 0; i < rounds; ++i) {
#pragma GCC unroll 12
    for (auto& sum : sums) sum = _mm256_fmadd_ps(sum, a, b);
  }
  float lanes[8], total = 0;
  for (const auto& sum : sums) {
    _mm256_storeu_ps(lanes, sum);
    total += lanes[0];
  }
  return total;
}
#endif

/// Multiply-adds in registers, all threads at once: GFLOP per second of processor time, times the threads.
double measured_peak(ThreadPool& pool, Isa isa) {
  const bool wide = isa == Isa::avx512;
  const double flops_per_round = wide ? 16 * 16 * 2 : 12 * 8 * 2;
  constexpr int64_t rounds = 2'000'000;
  volatile float sink = 0;
  const Stopwatch watch(pool.threads());
  pool.run(pool.threads(), [&](int64_t) { sink = wide ? spin_avx512(rounds) : spin_avx2(rounds); });
  return flops_per_round * rounds * pool.threads() / (watch.read().processor * 1e-3) / 1e9;
}

/// GB/s read and written by a copy of 64 MB, all threads, by the wall clock.
double measured_copy(ThreadPool& pool) {
  std::vector<char> from(64 << 20, 1), to(64 << 20);
  double best = 0;
  for (int repeat = 0; repeat < 5; ++repeat) {
    const Stopwatch watch(1);
    pool.parallel_for(static_cast<int64_t>(from.size()), 1 << 20,
                      [&](int64_t begin, int64_t end) { std::memcpy(&to[begin], &from[begin], end - begin); });
    best = std::max(best, 2.0 * static_cast<double>(from.size()) / (watch.read().wall * 1e-3) / 1e9);
  }
  return best;
}

struct FeatureVariant {
  const char* name;
  int channels, shrink;
};

constexpr FeatureVariant feature_variants[] = {
    {"distil 16", 16, 1}, {"distil 128", 128, 1}, {"distil 128 at 1/4", 128, 4}, {"distil 512 at 1/4", 512, 4}};

class SplatBench {
 public:
  SplatBench(const BenchScene& scene, ThreadPool& pool, Isa isa) : scene_(scene), pool_(pool), renderer_(pool, isa) {
    const int64_t pixels = int64_t{scene.camera.width} * scene.camera.height, count = scene.arrays().count;
    colour_.resize(3 * pixels);
    d_colour_.assign(3 * pixels, 1e-3f);
    for (auto* buffer : {&means_, &log_scales_}) buffer->resize(3 * count);
    quaternions_.resize(4 * count);
    opacity_.resize(count);
    points_.resize(2 * count);
    sh_.resize(scene.sh.size());
    values_.assign(512 * count, 0.01f);
    d_values_.resize(512 * count);
    target_.assign(pixels * 128, 0x2000);
  }

  void round() {
    const SplatArrays<float> arrays = scene_.arrays();
    RenderSettings settings;
    settings.sh_degree = arrays.coefficients >= 16 ? 3 : 0;
    time("project + bin", [&] { renderer_.project(arrays, scene_.camera, settings); });
    time("blend", [&] { renderer_.blend({.colour = colour_.data()}); });
    time("backward", [&] {
      renderer_.backward({.colour = d_colour_.data()}, {means_.data(), quaternions_.data(), log_scales_.data(),
                                                        opacity_.data(), sh_.data(), points_.data(), nullptr});
    });
    for (const auto& variant : feature_variants) {
      const ChannelGroup<float> group{.values = values_.data(),
                                      .channels = variant.channels,
                                      .map_width = scene_.camera.width / variant.shrink,
                                      .map_height = scene_.camera.height / variant.shrink};
      time(variant.name, [&] { renderer_.distil_group(group, {target_.data(), true}, 1, d_values_.data()); });
    }
  }

  void print(double peak) {
    const WeightLists lists = renderer_.weight_lists();
    const double pairs = static_cast<double>(lists.splats.size());
    fmt::print("{} pairs of tile and splat, {:.1f} blended splats a pixel\n", renderer_.tile_entries(),
               pairs / static_cast<double>(colour_.size() / 3));
    fmt::print("{:<20} {:>10} {:>10} {:>12} {:>10}   lower is better\n", "phase", "wall least", "median",
               "processor/thr", "of peak");
    for (const auto& [name, times] : times_) {
      std::vector<double> wall, processor;
      for (const Times& t : times) {
        wall.push_back(t.wall);
        processor.push_back(t.processor);
      }
      std::sort(wall.begin(), wall.end());
      std::sort(processor.begin(), processor.end());
      fmt::print("{:<20} {:>7.2f} ms {:>7.2f} ms {:>9.2f} ms", name, wall.front(), wall[wall.size() / 2],
                 processor[processor.size() / 2]);
      for (const auto& variant : feature_variants) {
        // Forward and backward product, counting only weights that are not zero.
        if (name != variant.name || variant.shrink != 1) continue;
        fmt::print(" {:>8.0f} %", 4 * pairs * variant.channels / (processor[processor.size() / 2] * 1e6) / peak * 100);
      }
      fmt::print("\n");
    }
  }

 private:
  void time(const char* name, const std::function<void()>& phase) {
    const Stopwatch watch(pool_.threads());
    phase();
    const auto found =
        std::find_if(times_.begin(), times_.end(), [&](const auto& entry) { return entry.first == name; });
    auto& entry = found == times_.end() ? times_.emplace_back(name, std::vector<Times>()) : *found;
    entry.second.push_back(watch.read());
  }

  const BenchScene& scene_;
  ThreadPool& pool_;
  Renderer renderer_;
  std::vector<float> colour_, d_colour_, means_, log_scales_, quaternions_, opacity_, points_, sh_, values_, d_values_;
  std::vector<uint16_t> target_;
  std::vector<std::pair<std::string, std::vector<Times>>> times_;
};

void bench(int argc, char** argv) {
  const int rounds = argc > 1 ? std::stoi(argv[1]) : 15;
  const Isa asked = parse_isa(argc > 2 ? argv[2] : "auto"), isa = asked == Isa::automatic ? best_isa() : asked;
  ThreadPool pool(argc > 3 && std::string(argv[3]) != "all" ? std::stoi(argv[3]) : available_cores());
  const BenchScene scene = argc > 4 ? load_bench_scene(argv[4]) : synthetic_scene();
  const double peak = best_isa() == Isa::scalar ? 0 : measured_peak(pool, isa);
  fmt::print("{}x{}, {} splats, {}, {} threads; peaks: {:.0f} GFLOP/s in registers, copy {:.1f} GB/s\n",
             scene.camera.width, scene.camera.height, scene.arrays().count, isa_name(isa), pool.threads(), peak,
             measured_copy(pool));
  SplatBench bench(scene, pool, isa);
  for (int round = 0; round < rounds; ++round) bench.round();
  bench.print(peak);
}

}  // namespace
}  // namespace retort::splat

int main(int argc, char** argv) {
  try {
    retort::splat::bench(argc, argv);
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 1;
  }
}
