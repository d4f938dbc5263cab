#include "distil/field/benchmarks/interleaved.h"

#include <sys/resource.h>

#include <algorithm>
#include <chrono>

#include "core/errors.h"
#include "core/random.h"

namespace retort::field {

namespace {
double wall_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double processor_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}
}  // namespace

Spread spread_of(std::vector<double> values) {
  RT_CHECK(!values.empty(), "spread of no values");
  std::sort(values.begin(), values.end());
  return {values.front(), values[values.size() / 2], values.back()};
}

std::vector<CaseTimes> measure_interleaved(const std::vector<std::function<void()>>& cases, int rounds, int repetitions,
                                           const std::function<bool()>& stop) {
  RT_CHECK(rounds >= 1 && repetitions >= 1, "{} rounds of {} repetitions", rounds, repetitions);
  std::vector<CaseTimes> times(cases.size());
  RandomGenerator random(1);
  for (int round = -1; round < rounds; ++round) {
    for (const int64_t turn : random.permutation(static_cast<int64_t>(cases.size()))) {
      if (stop()) return {};
      const double wall = wall_seconds(), processor = processor_seconds();
      for (int repetition = 0; repetition < repetitions; ++repetition) cases[turn]();
      if (round < 0) continue;
      times[turn].seconds.push_back((wall_seconds() - wall) / repetitions);
      times[turn].processor.push_back((processor_seconds() - processor) / repetitions);
    }
  }
  return times;
}

Spread times_as_long(const CaseTimes& slow, const CaseTimes& fast) {
  RT_CHECK(slow.seconds.size() == fast.seconds.size(), "{} rounds against {}", slow.seconds.size(),
           fast.seconds.size());
  std::vector<double> ratios;
  for (size_t round = 0; round < slow.seconds.size(); ++round) {
    ratios.push_back(slow.seconds[round] / fast.seconds[round]);
  }
  return spread_of(ratios);
}

}  // namespace retort::field
