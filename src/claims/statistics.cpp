#include "claims/statistics.h"

#include <array>
#include <cmath>
#include <limits>

#include "core/errors.h"

namespace retort::claims {

Summary summarise(std::span<const double> values) {
  Summary summary{.count = static_cast<int>(values.size())};
  if (values.empty()) {
    summary.mean = std::numeric_limits<double>::quiet_NaN();
    summary.deviation = summary.standard_error = std::numeric_limits<double>::infinity();
    return summary;
  }
  const auto count = static_cast<double>(values.size());
  // About the first value: equal values then have the deviation 0 exactly.
  double sum = 0;
  for (const double value : values) sum += value - values.front();
  summary.mean = values.front() + sum / count;
  double squares = 0;
  for (const double value : values) squares += (value - summary.mean) * (value - summary.mean);
  summary.deviation = values.size() < 2 ? std::numeric_limits<double>::infinity() : std::sqrt(squares / (count - 1));
  summary.standard_error = summary.deviation / std::sqrt(count);
  return summary;
}

std::vector<double> paired_differences(std::span<const double> values, std::span<const double> against, double times) {
  RT_CHECK(values.size() == against.size(), "paired differences: {} values against {}", values.size(), against.size());
  std::vector<double> differences;
  for (size_t seed = 0; seed < values.size(); ++seed) differences.push_back(values[seed] - times * against[seed]);
  return differences;
}

double student_t_95(int degrees_of_freedom) {
  static constexpr std::array<double, 30> quantiles = {
      12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131,
      2.120,  2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042};
  RT_CHECK(degrees_of_freedom > 0, "Student's t: {} degrees of freedom", degrees_of_freedom);
  if (degrees_of_freedom <= static_cast<int>(quantiles.size())) return quantiles[size_t(degrees_of_freedom - 1)];
  // The first two terms of the expansion about the normal quantile: within 0.001 from 30 degrees on.
  constexpr double normal = 1.95996;
  return normal + (normal * normal * normal + normal) / (4.0 * degrees_of_freedom);
}

}  // namespace retort::claims
