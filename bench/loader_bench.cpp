// Pictures a second: full-size JPEGs decoded, cropped and resized on one thread, and batches of the loader beside the
// copying of their floats. Folders: RETORT_BENCH_PHOTOS (JPEGs of any size; default: the photos of fox_colmap below
// $RETORT_SHARED) and the shared CIFAR-10; what is absent is skipped. bench/peers/loader.py does the same with Pillow.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <vector>

#include "core/random.h"
#include "data/loader.h"
#include "data/sets/catalogue.h"
#include "data/sets/memory_set.h"
#include "data/sets/picture_list.h"

namespace retort {

void register_classification_sets(Registries& registries);
void register_crop(Registries& registries);
void register_normalise(Registries& registries);
void register_random_resized_crop(Registries& registries);

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

const Registries& bench_registries() {
  static const auto registries = [] {
    auto filled = std::make_unique<Registries>();
    register_classification_sets(*filled);
    register_crop(*filled);
    register_normalise(*filled);
    register_random_resized_crop(*filled);
    return filled;
  }();
  return *registries;
}

Pipeline usual_pipeline(bool with_transforms) {
  if (!with_transforms) return {};
  return make_pipeline(bench_registries().transforms, {"crop_pad_4", "flip", "normalise(cifar10)"});
}

// The photos of a folder without labels; null where there is none.
DatasetPtr photos_to_decode() {
  const char* named = std::getenv("RETORT_BENCH_PHOTOS");
  const std::filesystem::path folder =
      named ? named : std::filesystem::path(data_roots().front()) / "fox_colmap" / "images";
  if (!std::filesystem::is_directory(folder)) return nullptr;
  PictureListParts parts{.tree = open_file_tree(folder)};
  for (const auto& name : parts.tree->names()) {
    if (file_ending(name) == ".jpg" || file_ending(name) == ".jpeg") parts.names.push_back(name);
  }
  parts.labels.assign(parts.names.size(), -1);
  return make_picture_list(std::move(parts));
}

// mode 0: the whole picture is decoded; 1: the part that the crop needs; 2: that part at a smaller scale.
void bench_photo(benchmark::State& state) {
  static const DatasetPtr photos = photos_to_decode();
  if (!photos) return state.SkipWithError("no folder of photos; set RETORT_BENCH_PHOTOS");
  const auto scale = state.range(0) == 2 ? DecodeScale::automatic : DecodeScale::none;
  const Pipeline pipeline = make_pipeline(bench_registries().transforms, {"random_resized_crop"});
  int64_t number = 0;
  for (auto _ : state) {
    const RandomTree random = RandomTree(7).child(uint64_t(number));
    const int64_t index = number++ % photos->size();
    Sample sample =
        state.range(0) == 0 ? photos->sample(index) : photos->sample_part(index, [&](const io::ImageSize& whole) {
          return part_for(pipeline, whole, random, scale);
        });
    pipeline.change_bytes(sample, random);
    benchmark::DoNotOptimize(sample.image.pixels.data());
  }
  state.SetItemsProcessed(state.iterations());
}

void bench_loader(benchmark::State& state) {
  static const DatasetPtr dataset = noise_like_cifar();
  Loader loader(dataset, usual_pipeline(state.range(1) != 0),
                {.batch_size = batch_size, .drop_last = true, .workers = int(state.range(0)), .prefetch = 8});
  for (auto _ : state) benchmark::DoNotOptimize(loader.next().size);
  state.SetItemsProcessed(state.iterations() * batch_size);
}

// CIFAR-10 as it lies there (JPEGs, decoded once as the set is opened, or the authors' files), cropped, mirrored and
// normalised.
void bench_cifar(benchmark::State& state) {
  static const DatasetPtr dataset = [] {
    const auto folder = std::filesystem::path(data_roots().front()) / "cifar10";
    return std::filesystem::exists(folder) ? open_dataset(bench_registries().data_sets, "cifar10/test", folder.string())
                                           : nullptr;
  }();
  if (!dataset) return state.SkipWithError("no CIFAR-10; set RETORT_SHARED");
  Loader loader(dataset, usual_pipeline(true),
                {.batch_size = batch_size, .drop_last = true, .workers = int(state.range(0)), .prefetch = 8});
  for (auto _ : state) benchmark::DoNotOptimize(loader.next().size);
  state.SetItemsProcessed(state.iterations() * batch_size);
  state.counters["batches/s"] = benchmark::Counter(double(state.iterations()), benchmark::Counter::kIsRate);
}

// The floor: the floats of a batch have to be written once.
void bench_copy(benchmark::State& state) {
  const std::vector<float> from(batch_size * 3 * side * side, 1.f);
  for (auto _ : state) {
    std::vector<float> to(from.size());
    std::memcpy(to.data(), from.data(), from.size() * sizeof(float));
    benchmark::DoNotOptimize(to.data());
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * batch_size);
  state.counters["batches/s"] = benchmark::Counter(double(state.iterations()), benchmark::Counter::kIsRate);
}

BENCHMARK(bench_photo)->ArgNames({"mode"})->DenseRange(0, 2)->MinTime(2);
BENCHMARK(bench_loader)->ArgNames({"workers", "transforms"})->ArgsProduct({{0, 1, 2}, {0, 1}})->UseRealTime();
BENCHMARK(bench_cifar)->ArgNames({"workers"})->DenseRange(0, 2)->UseRealTime();
BENCHMARK(bench_copy)->UseRealTime();

}  // namespace
}  // namespace data
}  // namespace retort
BENCHMARK_MAIN();
