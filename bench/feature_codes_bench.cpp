// Time to code feature vectors, to expand them and to ask them, against the machine's floor: the least products (2 a
// multiply-add) over the measured rate of matrix products, plus the least bytes over the measured rate of memory.
// `x_floor` is the time divided by that sum. LibTorch and the pool both take the number of threads given.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <benchmark/benchmark.h>

#include <cstdint>
#include <vector>

#include "core/random.h"
#include "core/thread_pool.h"
#include "distil/field/benchmarks/machine_rates.h"
#include "metrics/unit_vectors.h"
#include "metrics/vector_coding.h"

namespace retort {
namespace {

constexpr int64_t splats = 200'000, coded_rows = 16'384, channels = 128, sparse_terms = 4;

/// Both rates with as many threads as a case uses; measured once each.
struct Rates {
  double gflops, gigabytes;

  static const Rates& with_threads(int threads) {
    static const auto measure = [](int count) {
      at::set_num_threads(count);
      ThreadPool pool(count);
      return Rates{field::measure_matrix_rate(), field::measure_memory_rate(pool)};
    };
    static const Rates one = measure(1), two = measure(2);
    at::set_num_threads(threads);
    return threads == 1 ? one : two;
  }
};

at::Tensor random_rows(int64_t rows) {
  at::Tensor values = at::empty({rows, channels});
  RandomGenerator random(1);
  for (int64_t i = 0; i < values.numel(); ++i) values.data_ptr<float>()[i] = static_cast<float>(random.normal());
  return values;
}

metrics::VectorCodes random_codes(int64_t entries, bool is_sparse) {
  RandomGenerator random(2);
  const std::vector<int64_t> shape = {splats, is_sparse ? sparse_terms : 1};
  metrics::VectorCodes codes{random_rows(entries), at::empty(shape, at::kInt), {}};
  for (int64_t i = 0; i < codes.indices.numel(); ++i) {
    codes.indices.data_ptr<int32_t>()[i] = static_cast<int32_t>(random.integer(entries));
  }
  if (is_sparse) codes.coefficients = at::ones(shape);
  return codes;
}

/// Runs `work` for the benchmark and states rows a second and the floor.
template <class Work>
void measure(benchmark::State& state, int64_t rows, double products, double bytes, const Work& work) {
  const auto& rates = Rates::with_threads(static_cast<int>(state.range(1)));
  for (auto _ : state) work();
  state.SetItemsProcessed(state.iterations() * rows);
  const double floor_s = 2e-9 * products / rates.gflops + 1e-9 * bytes / rates.gigabytes;
  state.counters["floor_ms"] = 1e3 * floor_s;
  state.counters["x_floor"] = benchmark::Counter(floor_s * static_cast<double>(state.iterations()),
                                                 benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void encode_codebook(benchmark::State& state) {
  const int64_t entries = state.range(0);
  const auto rows = random_rows(coded_rows), codebook = random_rows(entries);
  ThreadPool pool(static_cast<int>(state.range(1)));
  measure(state, coded_rows, double(coded_rows * entries * channels), double(rows.nbytes()) + double(coded_rows * 8),
          [&] { benchmark::DoNotOptimize(metrics::nearest_codes(rows, codebook, pool)); });
}

void encode_sparse(benchmark::State& state) {
  const int64_t entries = state.range(0);
  const auto rows = random_rows(coded_rows), codebook = metrics::unit_vectors(random_rows(entries));
  measure(state, coded_rows, double(coded_rows * entries * channels),
          double(rows.nbytes()) + double(coded_rows * sparse_terms * 8),
          [&] { benchmark::DoNotOptimize(metrics::sparse_codes(rows, codebook, sparse_terms)); });
}

void decode_codes(benchmark::State& state, bool is_sparse) {
  const auto codes = random_codes(state.range(0), is_sparse);
  const int64_t terms = codes.terms();
  measure(state, splats, is_sparse ? double(splats * terms * channels) : 0,
          double(splats * channels * 4 + splats * terms * (is_sparse ? 8 : 4)),
          [&] { benchmark::DoNotOptimize(metrics::decode(codes)); });
}

void query_codes(benchmark::State& state, bool is_sparse) {
  const auto codes = random_codes(state.range(0), is_sparse);
  const auto direction = random_rows(1);
  const int64_t terms = codes.terms();
  measure(state, splats, double(codes.entries() * channels),
          double(splats * 4 + splats * terms * (is_sparse ? 8 : 4) + codes.codebook.numel() * 4),
          [&] { benchmark::DoNotOptimize(metrics::coded_products(codes, direction)); });
}

/// The same question to features that are not coded; the first argument is of no use here.
void query_plain(benchmark::State& state) {
  const auto rows = random_rows(splats), direction = random_rows(1);
  measure(state, splats, double(splats * channels), double(rows.nbytes()) + double(splats * 4),
          [&] { benchmark::DoNotOptimize(at::mm(rows, direction.t())); });
}

void with_entries(benchmark::internal::Benchmark* bench, const std::vector<int64_t>& entries) {
  bench->ArgNames({"entries", "threads"})->ArgsProduct({entries, {1, 2}})->UseRealTime()->Unit(benchmark::kMillisecond);
}

void of_codebooks(benchmark::internal::Benchmark* bench) { with_entries(bench, {256, 1024}); }
void of_sparse(benchmark::internal::Benchmark* bench) { with_entries(bench, {64}); }
void of_plain(benchmark::internal::Benchmark* bench) { with_entries(bench, {0}); }

BENCHMARK(encode_codebook)->Apply(of_codebooks);
BENCHMARK(encode_sparse)->Apply(of_sparse);
BENCHMARK_CAPTURE(decode_codes, codebook, false)->Apply(of_codebooks);
BENCHMARK_CAPTURE(decode_codes, sparse, true)->Apply(of_sparse);
BENCHMARK(query_plain)->Apply(of_plain);
BENCHMARK_CAPTURE(query_codes, codebook, false)->Apply(of_codebooks);
BENCHMARK_CAPTURE(query_codes, sparse, true)->Apply(of_sparse);

}  // namespace
}  // namespace retort
