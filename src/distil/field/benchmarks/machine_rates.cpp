#include "distil/field/benchmarks/machine_rates.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <functional>
#include <vector>

namespace retort::field {

namespace {
constexpr double probe_seconds = 0.25;

/// Shortest time of one call within the probe's time; the first call (page faults, start of threads) doesn't count.
double best_seconds(const std::function<void()>& work) {
  using Clock = std::chrono::steady_clock;
  work();
  const auto begin = Clock::now();
  double best = 1e30;
  while (std::chrono::duration<double>(Clock::now() - begin).count() < probe_seconds) {
    const auto start = Clock::now();
    work();
    best = std::min(best, std::chrono::duration<double>(Clock::now() - start).count());
  }
  return best;
}
}  // namespace

double measure_matrix_rate() {
  at::NoGradGuard no_gradients;
  constexpr int64_t side = 768;
  const at::Tensor a = at::ones({side, side}), b = at::ones({side, side});
  at::Tensor product = at::empty({side, side});
  const double seconds = best_seconds([&] { at::mm_out(product, a, b); });
  return 2.0 * side * side * side / seconds / 1e9;
}

double measure_memory_rate(ThreadPool& pool) {
  constexpr int64_t count = int64_t{256} << 20, grain = int64_t{1} << 20;  // bytes
  std::vector<char> from(count, 1), to(count);
  const double seconds = best_seconds([&] {
    pool.parallel_for(count, grain, [&](int64_t begin, int64_t end) {
      std::memcpy(to.data() + begin, from.data() + begin, static_cast<size_t>(end - begin));
    });
  });
  return 2.0 * count / seconds / 1e9;
}

}  // namespace retort::field
