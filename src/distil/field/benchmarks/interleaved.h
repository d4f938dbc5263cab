// Cases measured in turns of random order, so that a noisy machine is equally noisy to all of them.
#pragma once

#include <functional>
#include <vector>

namespace retort::field {

struct Spread {
  double least = 0, median = 0, most = 0;
};

/// Of at least one value.
Spread spread_of(std::vector<double> values);

struct CaseTimes {
  std::vector<double> seconds;    ///< [rounds] by the wall clock, per repetition
  std::vector<double> processor;  ///< [rounds] processor time of all threads, per repetition
};

/// Runs each case `repetitions` times a round after one untimed turn. `rounds` and
/// `repetitions` >= 1. The order within each round is drawn anew, from a fixed seed. Between cases `stop` is asked;
/// true ends the measurement with an empty result.
std::vector<CaseTimes> measure_interleaved(const std::vector<std::function<void()>>& cases, int rounds, int repetitions,
                                           const std::function<bool()>& stop);

/// Round by round, how many times longer `slow` took than `fast`.
Spread times_as_long(const CaseTimes& slow, const CaseTimes& fast);

}  // namespace retort::field
