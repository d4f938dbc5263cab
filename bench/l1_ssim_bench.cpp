// Time of the photometric loss with gradient; pixels a side pair as width x height.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <vector>

#include "core/random.h"
#include "core/thread_pool.h"
#include "losses/l1_ssim.h"

namespace retort {
namespace {

void bench_l1_ssim(benchmark::State& state) {
  const int width = static_cast<int>(state.range(0)), height = static_cast<int>(state.range(1));
  ThreadPool pool(static_cast<int>(state.range(2)));
  losses::PhotometricLoss loss(pool);
  RandomGenerator random(1);
  std::vector<float> image(3 * width * height), gradient(image.size());
  std::vector<uint8_t> pixels(image.size());
  for (auto& value : image) value = static_cast<float>(random.uniform());
  for (auto& value : pixels) value = static_cast<uint8_t>(random.integer(256));
  for (auto _ : state) {
    const auto terms = loss.evaluate(image.data(), {.pixels = pixels.data()}, height, width, 0.2, gradient.data());
    benchmark::DoNotOptimize(terms.loss);
  }
}

BENCHMARK(bench_l1_ssim)
    ->ArgNames({"width", "height", "threads"})
    ->ArgsProduct({{267}, {474}, {1, 2}})
    ->ArgsProduct({{1000}, {700}, {2}})
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace retort
