// What the runs of a sweep measured, and which point is best.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "claims/claim.h"
#include "claims/statistics.h"
#include "claims/surroundings.h"
#include "claims/sweep.h"
#include "claims/task_runner.h"

namespace retort::claims {

/// What was swept, and by what the points are held against each other.
struct SweepHead {
  std::string recipe;  ///< as the user named it
  std::string metric;  ///< see read_metric()
  Direction better = Direction::higher;
  int64_t seeds = 1;
};

struct PointResult {
  SweepPoint point;
  std::vector<int64_t> seeds = {};  ///< of the finished runs whose metric is a finite number
  std::vector<double> values = {};  ///< theirs
  Summary summary = {};
  Summary to_best = {};  ///< of the differences to the best point, seed by seed; count 0 for the best itself
  double seconds = 0;    ///< of its finished runs
};

struct SweepResults {
  SweepHead head;
  SweepPlan plan;
  Surroundings surroundings;
  std::vector<PointResult> points;  ///< in the plan's order
  int best = -1;                    ///< of `points`; -1: no point is whole
  std::string chosen_on;            ///< the data that the metric is measured on, for the page
  bool chosen_on_test = false;      ///< it is a test set
  std::vector<TaskFailure> failures = {};
  std::vector<std::string> warnings = {};
};

/// Reads what the finished runs left. The best mean of all points that have a finite number for every seed is the best;
/// the first of equal ones. UserError when a run lacks the metric.
SweepResults collect_sweep(const SweepHead& head, const SweepPlan& plan, const std::vector<Task>& tasks,
                           const std::vector<TaskFailure>& failures, const Surroundings& surroundings);

/// All of it for programs.
nlohmann::ordered_json to_json(const SweepResults& results);

/// A line for each point, the best marked, then warnings and the best point's command.
std::string to_text(const SweepResults& results);

}  // namespace retort::claims
