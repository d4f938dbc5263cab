#include "claims/result_summary.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "claims/verdict.h"
#include "core/errors.h"
#include "core/text.h"
#include "io/json.h"

namespace retort::claims {

namespace {
/// An object of a result, and where it stands in the file.
class ResultObject {
 public:
  ResultObject(const nlohmann::json& json, std::string place) : json_(json), place_(std::move(place)) {
    if (!json_.is_object()) user_error("{}: is no section of a claim's result", place_);
  }

  const nlohmann::json& at(const char* key) const {
    const auto found = json_.find(key);
    if (found == json_.end()) user_error("{}: lacks '{}', which `retort reproduce` writes", place_, key);
    return *found;
  }
  ResultObject object(const char* key) const { return {at(key), place_of(key)}; }
  const nlohmann::json& list(const char* key) const {
    if (!at(key).is_array()) user_error("{}: is no list", place_of(key));
    return at(key);
  }
  std::string text(const char* key) const {
    if (!at(key).is_string()) user_error("{}: is no text", place_of(key));
    return at(key).get<std::string>();
  }
  double number(const char* key) const {
    if (!at(key).is_number()) user_error("{}: is no number", place_of(key));
    return at(key).get<double>();
  }
  /// null stands for infinity.
  double number_or_infinity(const char* key) const {
    return at(key).is_null() ? std::numeric_limits<double>::infinity() : number(key);
  }
  double seconds() const {
    constexpr double largest = 1e9;
    const double value = number("seconds");
    if (!(value >= 0 && value <= largest)) user_error("{}: is no time", place_of("seconds"));
    return value;
  }
  int64_t whole_number(const char* key) const {
    constexpr double largest = 1e9;
    const double value = number(key);
    if (!at(key).is_number_integer() || value < 0 || value > largest) {
      user_error("{}: is no whole number from 0 to {}", place_of(key), largest);
    }
    return at(key).get<int64_t>();
  }
  std::string place_of(const char* key) const { return place_ + ": " + key; }

 private:
  const nlohmann::json& json_;
  std::string place_;
};

/// Only what judge() can say.
std::string known_verdict(const ResultObject& measurement) {
  auto verdict = measurement.text("verdict");
  std::vector<std::string> known;
  for (const auto each : {Verdict::shown, Verdict::not_shown, Verdict::opposite, Verdict::not_measured}) {
    known.emplace_back(name_of(each));
  }
  if (std::find(known.begin(), known.end(), verdict) == known.end()) {
    user_error("{}: '{}' is none; {} would be right", measurement.place_of("verdict"), verdict, join(known, ", "));
  }
  return verdict;
}

MeasurementSummary summarise_measurement(const nlohmann::json& json, const std::string& place) {
  const ResultObject measurement(json, place);
  MeasurementSummary summary{.id = measurement.text("id"),
                             .statement = measurement.text("statement"),
                             .unit = measurement.text("unit"),
                             .of = measurement.text("of"),
                             .verdict = known_verdict(measurement)};
  if (summary.verdict == name_of(Verdict::not_measured)) return summary;
  const auto difference = measurement.object("summary").object("difference");
  summary.difference = {.count = static_cast<int>(measurement.object("values").list("differences").size()),
                        .mean = difference.number("mean"),
                        .deviation = difference.number_or_infinity("deviation"),
                        .standard_error = difference.number_or_infinity("standard_error")};
  return summary;
}
}  // namespace

ResultSummary summarise_result(const nlohmann::json& json, const std::string& name) {
  const ResultObject result(json, name);
  const auto machine = result.object("machine");
  ResultSummary summary{.claim = result.text("claim"),
                        .method = result.text("method"),
                        .command = result.text("command"),
                        .date = result.text("date"),
                        .processor = machine.text("processor"),
                        .instruction_set = machine.text("instruction_set"),
                        .cores = machine.whole_number("cores"),
                        .seeds = result.whole_number("seeds"),
                        .runs = static_cast<int64_t>(result.list("runs").size()),
                        .seconds = 0,
                        .arm_recipes = {},
                        .measurements = {}};
  for (const auto& run : result.list("runs")) {
    summary.seconds += ResultObject(run, result.place_of("runs")).seconds();
  }
  const auto place = result.place_of("arms");
  if (!result.at("arms").is_object()) user_error("{}: is no section of a claim's result", place);
  for (const auto& arm : result.at("arms").items()) {
    summary.arm_recipes[arm.key()] = ResultObject(arm.value(), place + ": " + arm.key()).text("recipe");
  }
  for (const auto& each : result.list("measurements")) {
    summary.measurements.push_back(summarise_measurement(each, result.place_of("measurements")));
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
