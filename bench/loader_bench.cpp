// Pictures a second of the loader, beside what copying their floats alone takes.
#include <benchmark/benchmark.h>

#include <cstring>
#include <memory>
#include <vector>

#include "core/random.h"
#include "data/loader.h"
#include "data/sets/memory_set.h"

namespace retort {

void register_crop(Registries& registries);
void register_normalise(Registries& registries);

namespace data {
namespace {

constexpr int side = 32;
constexpr int64_t pictures = 10'000, batch_size = 128;

DatasetPtr noise_like_cifar() {
  constexpr size_t stride = 3 * side * side;
  std::string pixels(stride * pictures, '\0');
  RandomGenerator generator(1);
  for (auto& pixel : pixels) pixel = char(generator.bits());
  MemorySetParts parts{.channels = 3, .height = side, .width = side};
  parts.labels.assign(pictures, 0);
  parts.class_names = {"noise"};
  parts.runs.push_back({"noise", io::share_bytes(std::move(pixels)), stride, pictures});
  return make_memory_set(std::move(parts));
}

Pipeline usual_pipeline(bool with_transforms) {
  Registries registries;
  register_crop(registries);
  register_normalise(registries);
  if (!with_transforms) return {};
  return make_pipeline(registries.transforms, {"crop_pad_4", "flip", "normalise(cifar10)"});
}

void bench_loader(benchmark::State& state) {
  static const DatasetPtr dataset = noise_like_cifar();
  Loader loader(dataset, usual_pipeline(state.range(1) != 0),
                {.batch_size = batch_size, .drop_last = true, .workers = int(state.range(0)), .prefetch = 8});
  for (auto _ : state) benchmark::DoNotOptimize(loader.next().size);
  state.SetItemsProcessed(state.iterations() * batch_size);
}

void bench_copy(benchmark::State& state) {
  const std::vector<float> from(batch_size * 3 * side * side, 1.f);
  for (auto _ : state) {
    std::vector<float> to(from.size());
    std::memcpy(to.data(), from.data(), from.size() * sizeof(float));
    benchmark::DoNotOptimize(to.data());
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * batch_size);
}

BENCHMARK(bench_loader)->ArgNames({"workers", "transforms"})->ArgsProduct({{0, 1, 2}, {0, 1}})->UseRealTime();
BENCHMARK(bench_copy)->UseRealTime();

}  // namespace
}  // namespace data
}  // namespace retort
BENCHMARK_MAIN();
