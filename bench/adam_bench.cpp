// Time of one Adam sweep over as many splats as given, with 59 + C numbers a splat.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <vector>

#include "core/thread_pool.h"
#include "train/adam.h"

namespace retort {
namespace {

void bench_adam(benchmark::State& state) {
  const int64_t count = state.range(0) * (59 + state.range(1));
  ThreadPool pool(static_cast<int>(state.range(2)));
  std::vector<float> parameters(count, 1.f), gradient(count, 0.1f), first(count, 0.f), second(count, 0.f);
  train::AdamGroup group{.parameters = parameters.data(),
                         .gradient = gradient.data(),
                         .first_moment = first.data(),
                         .second_moment = second.data(),
                         .count = count,
                         .learning_rate = 1e-3,
                         .epsilon = 1e-15};
  for (auto _ : state) {
    train::adam_step({&group, 1}, {.zero_gradient = state.range(3) != 0}, pool);
    ++group.step;
  }
  state.SetBytesProcessed(state.iterations() * count * 7 * static_cast<int64_t>(sizeof(float)));
}

BENCHMARK(bench_adam)
    ->ArgNames({"splats", "channels", "threads", "zero"})
    ->ArgsProduct({{15'000, 60'000}, {0, 128}, {1, 2}, {0}})
    ->ArgsProduct({{60'000}, {128}, {2}, {1}})
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace retort
