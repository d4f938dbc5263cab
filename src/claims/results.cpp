#include "claims/results.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "claims/figure_text.h"
#include "claims/metric.h"
#include "core/choice_name.h"
#include "core/text.h"
#include "run/chart.h"
#include "run/run_folder.h"

namespace retort::claims {

namespace {
const std::string& metric_of_other_side(const Measurement& measurement) {
  return measurement.against_metric.empty() ? measurement.metric : measurement.against_metric;
}

std::set<std::string> metrics_of_arm(const Claim& claim, const std::string& arm) {
  std::set<std::string> metrics;
  for (const auto& [id, measurement] : claim.measurements) {
    if (measurement.of == arm) metrics.insert(measurement.metric);
    if (measurement.against == arm) metrics.insert(metric_of_other_side(measurement));
  }
  return metrics;
}

RunFigures read_figures(const Claim& claim, const Task& task) {
  const auto record = run::read_run_record(task.folder);
  RunFigures figures{.arm = task.source,
                     .seed = task.seed,
                     .seconds = record.seconds,
                     .median_step_seconds = record.median_step_seconds,
                     .peak_memory_bytes = static_cast<double>(record.peak_memory_bytes),
                     .threads = record.description.threads,
                     .version = record.description.version,
                     .instruction_set = record.description.instruction_set,
                     .metrics = {}};
  for (const auto& metric : metrics_of_arm(claim, task.source)) {
    figures.metrics[metric] = read_metric(task.folder, metric);
  }
  return figures;
}

// One value a seed; empty unless every seed has one.
std::vector<double> values_of(const ClaimResults& results, const std::string& arm, const std::string& metric) {
  std::vector<double> values;
  for (const auto& run : results.runs) {
    if (run.arm == arm) values.push_back(run.metrics.at(metric));
  }
  if (values.size() != static_cast<size_t>(results.claim.head.seeds)) values.clear();
  return values;
}

MeasuredResult measure(const ClaimResults& results, const std::string& id, const Measurement& measurement) {
  MeasuredResult result{.id = id, .measurement = measurement};
  result.values = values_of(results, measurement.of, measurement.metric);
  double number = 0;
  if (parse_number(measurement.against, number)) {
    result.against.assign(result.values.size(), number);
  } else {
    result.against = values_of(results, measurement.against, metric_of_other_side(measurement));
  }
  if (result.values.empty() || result.against.empty()) return result;
  result.differences = paired_differences(result.values, result.against, measurement.times);
  result.value_summary = summarise(result.values);
  result.against_summary = summarise(result.against);
  result.difference_summary = summarise(result.differences);
  result.verdict = judge(result.difference_summary, measurement);
  return result;
}

void note_differences(ClaimResults& results) {
  std::set<std::string> versions, sets;
  std::set<int> threads;
  for (const auto& run : results.runs) {
    versions.insert(run.version);
    sets.insert(run.instruction_set);
    threads.insert(run.threads);
  }
  if (versions.size() > 1) results.warnings.emplace_back("the runs were made by different versions of retort");
  if (sets.size() > 1) results.warnings.emplace_back("the runs used different instruction sets");
  if (threads.size() > 1) results.warnings.emplace_back("the runs used different numbers of threads");
}

nlohmann::ordered_json result_json(const MeasuredResult& result) {
  const auto& measurement = result.measurement;
  nlohmann::ordered_json json = {{"id", result.id},
                                 {"statement", measurement.statement},
                                 {"metric", measurement.metric},
                                 {"unit", measurement.unit},
                                 {"better", choice_name(measurement.better)},
                                 {"of", measurement.of},
                                 {"against", measurement.against},
                                 {"against_metric", metric_of_other_side(measurement)},
                                 {"times", measurement.times},
                                 {"rule", choice_name(measurement.rule)},
                                 {"margin", measurement.margin},
                                 {"reported", measurement.reported},
                                 {"verdict", name_of(result.verdict)}};
  if (result.verdict == Verdict::not_measured) return json;
  json["values"] = {{"of", result.values}, {"against", result.against}, {"differences", result.differences}};
  json["summary"] = {{"of", summary_json(result.value_summary)},
                     {"against", summary_json(result.against_summary)},
                     {"difference", summary_json(result.difference_summary)}};
  return json;
}
}  // namespace

ClaimResults collect_results(const Claim& claim, const std::vector<Task>& tasks, const Surroundings& surroundings,
                             bool quick) {
  ClaimResults results{
      .claim = claim, .surroundings = surroundings, .quick = quick, .runs = {}, .results = {}, .warnings = {}};
  for (const auto& [name, arm] : claim.arms) {
    for (const auto& task : tasks) {
      if (task.is_arm && task.source == name && state_of(task) == TaskState::done) {
        results.runs.push_back(read_figures(claim, task));
      }
    }
  }
  for (const auto& [id, measurement] : claim.measurements) results.results.push_back(measure(results, id, measurement));
  note_differences(results);
  return results;
}

nlohmann::ordered_json to_json(const ClaimResults& results) {
  const auto& claim = results.claim;
  nlohmann::ordered_json json = {{"claim", claim.name},       {"method", claim.head.method},
                                 {"paper", claim.head.paper}, {"quick", results.quick},
                                 {"seeds", claim.head.seeds}, {"warnings", results.warnings}};
  json.update(to_json(results.surroundings));
  for (const auto& result : results.results) json["measurements"].push_back(result_json(result));
  for (const auto& [name, arm] : claim.arms) {
    json["arms"][name] = {{"recipe", arm.recipe}, {"set", arm.set}, {"note", arm.note}};
  }
  json["common"] = claim.head.common;
  json["runs"] = nlohmann::ordered_json::array();
  for (const auto& run : results.runs) {
    json["runs"].push_back({{"arm", run.arm},
                            {"seed", run.seed},
                            {"seconds", run.seconds},
                            {"median_step_seconds", run.median_step_seconds},
                            {"peak_memory_bytes", run.peak_memory_bytes},
                            {"metrics", run.metrics}});
  }
  return json;
}

std::string to_text(const ClaimResults& results) {
  std::string text;
  for (const auto& result : results.results) {
    const auto& difference = result.difference_summary;
    text += fmt::format("{:<12} {}: {}\n", name_of(result.verdict), result.id, result.measurement.statement);
    if (result.verdict == Verdict::not_measured) continue;
    text +=
        fmt::format("{:<12} {} {}, against {}; difference {} ({})\n", "", result.measurement.metric,
                    run::short_number(result.value_summary.mean),
                    run::short_number(result.measurement.times * result.against_summary.mean), with_error(difference),
                    difference.count == 1 ? "one seed has no spread, so nothing can be shown"
                                          : fmt::format("standard error, {} seeds", difference.count));
  }
  return text;
}

std::string unit_of_metric(const Claim& claim, const std::string& metric) {
  for (const auto& [id, measurement] : claim.measurements) {
    if (measurement.metric == metric || metric_of_other_side(measurement) == metric) return measurement.unit;
  }
  return "";
}

std::vector<std::string> used_metrics(const Claim& claim) {
  std::vector<std::string> metrics;
  for (const auto& [id, measurement] : claim.measurements) {
    for (const auto& metric : {measurement.metric, metric_of_other_side(measurement)}) {
      if (std::find(metrics.begin(), metrics.end(), metric) == metrics.end()) metrics.push_back(metric);
    }
  }
  return metrics;
}

}  // namespace retort::claims
