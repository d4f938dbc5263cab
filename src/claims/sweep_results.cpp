#include "claims/sweep_results.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "claims/figure_text.h"
#include "claims/metric.h"
#include "core/choice_name.h"
#include "core/recipe.h"
#include "run/run_folder.h"

namespace retort::claims {

namespace {
PointResult result_of_point(const SweepHead& head, const SweepPoint& point, const std::vector<Task>& tasks,
                            std::vector<std::string>& warnings) {
  PointResult result{.point = point};
  for (const auto& task : tasks) {
    if (task.source != point.name || state_of(task) != TaskState::done) continue;
    result.seconds += run::read_run_record(task.folder).seconds;
    const double value = read_metric(task.folder, head.metric);
    if (!std::isfinite(value)) {
      warnings.push_back(fmt::format("{}: {} is {}; the run counts for nothing", task.name, head.metric, value));
      continue;
    }
    result.seeds.push_back(task.seed);
    result.values.push_back(value);
  }
  result.summary = summarise(result.values);
  return result;
}

int best_of(const SweepResults& results) {
  const double sign = results.head.better == Direction::higher ? 1 : -1;
  int best = -1;
  for (size_t at = 0; at < results.points.size(); ++at) {
    const auto& point = results.points[at];
    if (static_cast<int64_t>(point.values.size()) != results.head.seeds) continue;
    if (best < 0 || sign * point.summary.mean > sign * results.points[size_t(best)].summary.mean) best = int(at);
  }
  return best;
}

// Seed by seed, over the seeds that a point has; the best has all.
Summary difference_to(const PointResult& best, const PointResult& point) {
  std::vector<double> against;
  for (const int64_t seed : point.seeds) {
    const auto at = std::find(best.seeds.begin(), best.seeds.end(), seed) - best.seeds.begin();
    against.push_back(best.values[static_cast<size_t>(at)]);
  }
  return summarise(paired_differences(point.values, against, 1));
}

/// A value of a recipe's section `data`; empty where it says nothing.
std::string data_option(const std::string& recipe, const char* key) {
  const YAML::Node data = YAML::Load(recipe)["data"];
  const YAML::Node value = data && data.IsMap() ? data[key] : YAML::Node();
  return value && value.IsScalar() ? value.Scalar() : "";
}

void name_the_split(SweepResults& results, const std::vector<Task>& tasks) {
  const auto& metric = results.head.metric;
  if (!metric.starts_with("eval")) {
    results.chosen_on = metric.starts_with("train/") ? "the training data" : "the runs themselves";
    return;
  }
  const auto& recipe = tasks.front().recipe;
  if (const auto held_out = data_option(recipe, "validation_samples"); !held_out.empty() && held_out != "0") {
    results.chosen_on = fmt::format("{} samples held out of `{}`", held_out, data_option(recipe, "train"));
    return;
  }
  const auto set = data_option(recipe, "test");
  const auto split = set.substr(std::min(set.size(), set.find('/') + 1));
  results.chosen_on = set.empty() ? "what each run is tested on" : fmt::format("`{}` (`data.test`)", set);
  results.chosen_on_test = split.starts_with("test");
}

void note_missing_runs(SweepResults& results) {
  const auto whole = std::count_if(results.points.begin(), results.points.end(), [&](const PointResult& point) {
    return static_cast<int64_t>(point.values.size()) == results.head.seeds;
  });
  if (whole == static_cast<std::ptrdiff_t>(results.points.size())) return;
  results.warnings.push_back(fmt::format("{} of {} points lack a seed; the best is chosen among the others",
                                         static_cast<std::ptrdiff_t>(results.points.size()) - whole,
                                         results.points.size()));
}

nlohmann::ordered_json point_json(const SweepResults& results, size_t at) {
  const auto& point = results.points[at];
  nlohmann::ordered_json json = {
      {"name", point.point.name}, {"set", point.point.set}, {"best", int(at) == results.best},
      {"n", point.summary.count}, {"seeds", point.seeds},   {"values", point.values},
      {"seconds", point.seconds}};
  if (point.summary.count > 0) json["summary"] = summary_json(point.summary);
  if (point.to_best.count > 0) json["difference_to_best"] = summary_json(point.to_best);
  return json;
}
}  // namespace

SweepResults collect_sweep(const SweepHead& head, const SweepPlan& plan, const std::vector<Task>& tasks,
                           const std::vector<TaskFailure>& failures, const Surroundings& surroundings) {
  SweepResults results{.head = head, .plan = plan, .surroundings = surroundings, .points = {}, .chosen_on = {}};
  for (const auto& point : plan.points) results.points.push_back(result_of_point(head, point, tasks, results.warnings));
  results.failures = failures;
  results.best = best_of(results);
  for (size_t at = 0; results.best >= 0 && at < results.points.size(); ++at) {
    auto& point = results.points[at];
    if (int(at) != results.best) point.to_best = difference_to(results.points[size_t(results.best)], point);
  }
  name_the_split(results, tasks);
  note_missing_runs(results);
  return results;
}

nlohmann::ordered_json to_json(const SweepResults& results) {
  nlohmann::ordered_json json = {{"recipe", results.head.recipe},
                                 {"metric", results.head.metric},
                                 {"better", choice_name(results.head.better)},
                                 {"chosen_on", results.chosen_on},
                                 {"chosen_on_test", results.chosen_on_test},
                                 {"seeds", results.head.seeds},
                                 {"fixed", results.plan.fixed},
                                 {"warnings", results.warnings}};
  json["failures"] = nlohmann::ordered_json::array();
  for (const auto& failure : results.failures)
    json["failures"].push_back({{"run", failure.task}, {"exit_code", failure.exit_code}, {"message", failure.message}});
  json.update(to_json(results.surroundings));
  json["points"] = nlohmann::ordered_json::array();
  for (size_t at = 0; at < results.points.size(); ++at) json["points"].push_back(point_json(results, at));
  if (results.best >= 0) {
    const auto& best = results.points[size_t(results.best)].point;
    json["best"] = {{"name", best.name}, {"command", command_of(results.head.recipe, results.plan, best)}};
  }
  return json;
}

std::string to_text(const SweepResults& results) {
  size_t width = 5;
  for (const auto& point : results.points) width = std::max(width, point.point.name.size());
  auto text = fmt::format("  {:<{}}  {} (mean ± sd), {} is better\n", "point", width, results.head.metric,
                          choice_name(results.head.better));
  for (size_t at = 0; at < results.points.size(); ++at) {
    const auto& point = results.points[at];
    text += fmt::format("{} {:<{}}  {}  n = {}\n", int(at) == results.best ? "*" : " ", point.point.name, width,
                        point.values.empty() ? "-" : with_spread(point.summary), point.summary.count);
  }
  if (results.best < 0) return text;
  return text + fmt::format("best, as chosen on {}:\n{}\n", results.chosen_on,
                            command_of(results.head.recipe, results.plan, results.points[size_t(results.best)].point));
}

}  // namespace retort::claims
