#include "claims/results_index.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "claims/figure_text.h"
#include "claims/verdict.h"
#include "core/text.h"

namespace retort::claims {

namespace {
constexpr double seconds_per_minute = 60;

std::vector<std::string> verdicts_of(const ResultSummary& result) {
  std::vector<std::string> verdicts;
  for (const auto& measurement : result.measurements) verdicts.push_back(measurement.verdict);
  return verdicts;
}

std::string minutes_text(double seconds) { return fmt::format("{:.1f}", seconds / seconds_per_minute); }

std::string hardware_text(const ResultSummary& result) {
  return fmt::format("{}, {} cores, {}", result.processor.empty() ? "unknown processor" : result.processor,
                     result.cores, result.instruction_set);
}

double seconds_of_all(const std::vector<ResultSummary>& results) {
  double seconds = 0;
  for (const auto& result : results) seconds += result.seconds;
  return seconds;
}

std::string claims_table(const std::vector<ResultSummary>& results) {
  std::string text =
      "| claim | method | verdicts | seeds | runs | minutes | hardware | date | command |\n"
      "|---|---|---|---|---|---|---|---|---|\n";
  for (const auto& result : results) {
    text += fmt::format("| [{0}]({0}.md) | `{1}` | {2} | {3} | {4} | {5} | {6} | {7} | `{8}` |\n",
                        table_cell(result.claim), table_cell(result.method), verdicts_text(verdicts_of(result)),
                        result.seeds, result.runs, minutes_text(result.seconds), table_cell(hardware_text(result)),
                        table_cell(result.date), table_cell(result.command));
  }
  return text;
}

std::string measurements_table(const std::vector<ResultSummary>& results) {
  std::string text =
      "| claim | | promised | difference +- standard error | verdict |\n"
      "|---|---|---|---|---|\n";
  for (const auto& result : results) {
    for (const auto& each : result.measurements) {
      const auto unit = each.unit.empty() ? "" : " " + each.unit;
      const auto difference = each.difference.count == 0 ? "" : with_error(each.difference) + unit;
      text += fmt::format("| {} | {} | {} | {} | **{}** |\n", table_cell(result.claim), table_cell(each.id),
                          table_cell(each.statement), table_cell(difference), each.verdict);
    }
  }
  return text;
}
}  // namespace

std::string verdicts_text(const std::vector<std::string>& verdicts) {
  if (verdicts.size() == 1) return verdicts.front();
  std::vector<std::string> parts;
  for (const auto each : {Verdict::shown, Verdict::not_shown, Verdict::opposite, Verdict::not_measured}) {
    const auto count = std::count(verdicts.begin(), verdicts.end(), name_of(each));
    if (count > 0) parts.push_back(fmt::format("{} {}", count, name_of(each)));
  }
  return join(parts, ", ");
}

std::string render_results_index(const std::vector<ResultSummary>& results) {
  return fmt::format(
      "# Results\n\n"
      "What `retort reproduce CLAIM` measured, made from the JSON files beside this page by `retort list results "
      "--markdown`; [what verdicts mean](../docs/claims.md#verdicts). Minutes are those of the arms' runs, without the "
      "teachers and scenes that they need first.\n\n{}\nAll {} claims took {}.\n\n## Measurements\n\n"
      "Differences are paired seed by seed, in the metric's unit; shares where none is named.\n\n{}",
      claims_table(results), results.size(), human_seconds(seconds_of_all(results)), measurements_table(results));
}

std::string results_as_text(const std::vector<ResultSummary>& results) {
  std::string text;
  for (const auto& result : results) {
    text += fmt::format("{:<30} {:<16} {:>2} seeds {:>7} min  {:<10}  {}\n", result.claim, result.method, result.seeds,
                        minutes_text(result.seconds), result.date, verdicts_text(verdicts_of(result)));
  }
  return text + fmt::format("{} claims, {} in all\n", results.size(), human_seconds(seconds_of_all(results)));
}

nlohmann::ordered_json results_as_json(const std::vector<ResultSummary>& results) {
  auto list = nlohmann::ordered_json::array();
  for (const auto& result : results) {
    auto measurements = nlohmann::ordered_json::array();
    for (const auto& each : result.measurements) {
      measurements.push_back({{"id", each.id},
                              {"statement", each.statement},
                              {"unit", each.unit},
                              {"verdict", each.verdict},
                              {"difference", each.difference.count == 0 ? nlohmann::ordered_json(nullptr)
                                                                        : summary_json(each.difference)}});
    }
    list.push_back({{"claim", result.claim},
                    {"method", result.method},
                    {"seeds", result.seeds},
                    {"runs", result.runs},
                    {"seconds", result.seconds},
                    {"processor", result.processor},
                    {"cores", result.cores},
                    {"instruction_set", result.instruction_set},
                    {"date", result.date},
                    {"command", result.command},
                    {"measurements", std::move(measurements)}});
  }
  return list;
}

}  // namespace retort::claims
