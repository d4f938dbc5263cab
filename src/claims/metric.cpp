#include "claims/metric.h"

#include <nlohmann/json.hpp>
#include <vector>

#include "core/errors.h"
#include "core/text.h"
#include "io/json.h"
#include "run/metrics_log.h"

namespace retort::claims {

namespace {
double last_of_curve(const std::filesystem::path& folder, const std::string& name) {
  std::vector<std::string> known;
  for (const auto& curve : run::read_curves(folder)) {
    if (curve.name == name && !curve.values.empty()) return curve.values.back();
    known.push_back(curve.name);
  }
  user_error("{}: metric {}: no such curve{}; there are: {}", folder.string(), name, did_you_mean(name, known),
             join(known, ", "));
}
}  // namespace

double read_metric(const std::filesystem::path& folder, const std::string& metric) {
  if (metric.find('/') != std::string::npos) return last_of_curve(folder, metric);
  const auto keys = split(metric, '.');
  const auto file = folder / (keys.front() + ".json");
  auto json = io::read_json(file);
  for (size_t at = 1; at < keys.size(); ++at) {
    if (!json.is_object() || !json.contains(keys[at])) {
      std::vector<std::string> known;
      if (json.is_object()) {
        for (const auto& entry : json.items()) known.push_back(entry.key());
      }
      user_error("{}: metric {}: no '{}' there{}; there are: {}", file.string(), metric, keys[at],
                 did_you_mean(keys[at], known), join(known, ", "));
    }
    auto inside = json[keys[at]];
    json = std::move(inside);
  }
  if (!json.is_number()) user_error("{}: metric {}: is not a number", file.string(), metric);
  return json.get<double>();
}

}  // namespace retort::claims
