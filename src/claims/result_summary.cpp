#include "claims/result_summary.h"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

#include "claims/verdict.h"
#include "io/json.h"
#include "io/json_object.h"

namespace retort::claims {

namespace {
constexpr double most_seconds = 1e9;
constexpr int64_t most_counted = 1'000'000'000;

/// null stands for infinity.
double number_or_infinity(io::JsonObject& in, const char* key) {
  return in.at(key).is_null() ? std::numeric_limits<double>::infinity() : in.number(key);
}

/// Only what judge() can say.
std::string known_verdict(io::JsonObject& measurement) {
  std::vector<std::string> known;
  for (const auto each : {Verdict::shown, Verdict::not_shown, Verdict::opposite, Verdict::not_measured}) {
    known.emplace_back(name_of(each));
  }
  return measurement.choice("verdict", known);
}

MeasurementSummary summarise_measurement(const nlohmann::json& json, const std::string& place) {
  io::JsonObject measurement(json, place);
  MeasurementSummary summary{.id = measurement.text("id"),
                             .statement = measurement.text("statement"),
                             .unit = measurement.text("unit"),
                             .of = measurement.text("of"),
                             .verdict = known_verdict(measurement)};
  if (summary.verdict == name_of(Verdict::not_measured)) return summary;
  auto difference = measurement.object("summary").object("difference");
  summary.difference = {.count = static_cast<int>(measurement.object("values").list("differences").size()),
                        .mean = difference.number("mean"),
                        .deviation = number_or_infinity(difference, "deviation"),
                        .standard_error = number_or_infinity(difference, "standard_error")};
  return summary;
}
}  // namespace

ResultSummary summarise_result(const nlohmann::json& json, const std::string& name) {
  io::JsonObject result(json, name);
  auto machine = result.object("machine");
  ResultSummary summary{.claim = result.text("claim"),
                        .method = result.text("method"),
                        .command = result.text("command"),
                        .date = result.text("date"),
                        .processor = machine.text("processor"),
                        .instruction_set = machine.text("instruction_set"),
                        .cores = machine.integer("cores", 0, most_counted),
                        .seeds = result.integer("seeds", 0, most_counted),
                        .runs = static_cast<int64_t>(result.list("runs").size()),
                        .seconds = 0,
                        .arm_recipes = {},
                        .measurements = {}};
  for (const auto& run : result.list("runs")) {
    summary.seconds += io::JsonObject(run, name + ": runs").number("seconds", 0, most_seconds);
  }
  const auto arms_place = result.object("arms").place();
  for (const auto& arm : result.at("arms").items()) {
    summary.arm_recipes[arm.key()] = io::JsonObject(arm.value(), arms_place + ": " + arm.key()).text("recipe");
  }
  for (const auto& each : result.list("measurements")) {
    summary.measurements.push_back(summarise_measurement(each, name + ": measurements"));
  }
  return summary;
}

std::vector<ResultSummary> read_results(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    if (entry->path().extension() == ".json") files.push_back(entry->path());
  }
  std::vector<ResultSummary> results;
  for (const auto& file : files) results.push_back(summarise_result(io::read_json(file), file.string()));
  std::sort(results.begin(), results.end(), [](const auto& a, const auto& b) { return a.claim < b.claim; });
  return results;
}

}  // namespace retort::claims
