#include "claims/figure_text.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "run/chart.h"

namespace retort::claims {

std::string with_error(const Summary& summary) {
  const auto mean = run::short_number(summary.mean);
  return std::isfinite(summary.standard_error) ? mean + " +- " + run::short_number(summary.standard_error) : mean;
}

std::string with_spread(const Summary& summary) {
  if (!std::isfinite(summary.deviation)) return run::short_number(summary.mean);
  return fmt::format("{} ± {}", run::short_number(summary.mean), run::short_number(summary.deviation));
}

std::string table_cell(const std::string& text) {
  std::string escaped;
  for (const char letter : text) {
    if (letter == '|') escaped += '\\';
    escaped += letter == '\n' ? ' ' : letter;
  }
  return escaped;
}

nlohmann::ordered_json number_json(double value) {
  return std::isfinite(value) ? nlohmann::ordered_json(value) : nlohmann::ordered_json(nullptr);
}

nlohmann::ordered_json summary_json(const Summary& summary) {
  nlohmann::ordered_json json = {{"mean", number_json(summary.mean)},
                                 {"deviation", number_json(summary.deviation)},
                                 {"standard_error", number_json(summary.standard_error)}};
  if (summary.count > 1) json["t95_half_width"] = student_t_95(summary.count - 1) * summary.standard_error;
  return json;
}

}  // namespace retort::claims
