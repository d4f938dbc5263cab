// Means, spreads and paired differences of a few seeds.
#pragma once

#include <span>
#include <vector>

namespace retort::claims {

struct Summary {
  int count = 0;
  double mean = 0;
  double deviation = 0;       ///< sample standard deviation (n - 1); infinite for fewer than two values
  double standard_error = 0;  ///< deviation / sqrt(n)
};

/// NaN as mean for no values.
Summary summarise(std::span<const double> values);

/// values[i] - times * against[i], seed by seed; both of one length.
std::vector<double> paired_differences(std::span<const double> values, std::span<const double> against, double times);

/// The two-sided 95 % quantile of Student's t with so many degrees of freedom (12.706 for 1, 4.303 for 2, ...).
double student_t_95(int degrees_of_freedom);

}  // namespace retort::claims
