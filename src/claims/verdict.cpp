#include "claims/verdict.h"

#include <cmath>

namespace retort::claims {

namespace {
constexpr double standard_errors = 2;
}

const char* name_of(Verdict verdict) {
  constexpr const char* names[] = {"shown", "not shown", "opposite", "not measured"};
  return names[static_cast<int>(verdict)];
}

Verdict judge(const Summary& difference, const Measurement& measurement) {
  if (difference.count == 0 || !std::isfinite(difference.mean)) return Verdict::not_measured;
  if (difference.count < 2) return Verdict::not_shown;
  const double middle = measurement.better == Direction::higher ? difference.mean : -difference.mean;
  const double half = standard_errors * difference.standard_error, margin = measurement.margin;
  const double low = middle - half, high = middle + half;
  switch (measurement.rule) {
    case Rule::difference:
      return low > 0 ? Verdict::shown : high < 0 ? Verdict::opposite : Verdict::not_shown;
    case Rule::not_worse:
      return low >= -margin ? Verdict::shown : high < -margin ? Verdict::opposite : Verdict::not_shown;
    case Rule::equivalence:
      if (low >= -margin && high <= margin) return Verdict::shown;
      return low > margin || high < -margin ? Verdict::opposite : Verdict::not_shown;
  }
  return Verdict::not_measured;
}

std::string rule_text(const Measurement& measurement) {
  const char* sign = measurement.better == Direction::higher ? ">" : "<";
  switch (measurement.rule) {
    case Rule::difference:
      return fmt::format("difference {} 0 by more than two standard errors", sign);
    case Rule::not_worse:
      return fmt::format("difference {}= {} throughout two standard errors", sign,
                         measurement.better == Direction::higher ? 0 - measurement.margin : measurement.margin);
    case Rule::equivalence:
      return fmt::format("difference within +-{} throughout two standard errors", measurement.margin);
  }
  return "";
}

}  // namespace retort::claims
