// What the runs of a claim measured, and the verdicts.
#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "claims/claim.h"
#include "claims/surroundings.h"
#include "claims/task.h"
#include "claims/verdict.h"

namespace retort::claims {

/// One finished run.
struct RunFigures {
  std::string arm;
  int64_t seed = 0;
  double seconds = 0;
  double median_step_seconds = 0;
  double peak_memory_bytes = 0;
  int threads = 0;
  std::string version, instruction_set;
  std::map<std::string, double> metrics;  ///< those that the measurements ask of this arm
};

struct MeasuredResult {
  std::string id;
  Measurement measurement;
  std::vector<double> values = {}, against = {};  ///< one a seed; empty when a run is missing
  std::vector<double> differences = {};           ///< values - times * against
  Summary value_summary = {}, against_summary = {}, difference_summary = {};
  Verdict verdict = Verdict::not_measured;
};

struct ClaimResults {
  Claim claim;
  Surroundings surroundings;
  bool quick = false;            ///< of the claim's short variant
  std::vector<RunFigures> runs;  ///< by arm in the claim's order, then by seed
  std::vector<MeasuredResult> results;
  std::vector<std::string> warnings;  ///< what makes the figures less comparable

  /// All runs are there.
  bool complete() const { return runs.size() == claim.arms.size() * static_cast<size_t>(claim.head.seeds); }
};

/// Reads what the finished runs left. UserError when a run lacks a metric, with the nearest name.
ClaimResults collect_results(const Claim& claim, const std::vector<Task>& tasks, const Surroundings& surroundings,
                             bool quick = false);

/// All of it for programs.
nlohmann::ordered_json to_json(const ClaimResults& results);

/// The verdicts as lines for people.
std::string to_text(const ClaimResults& results);

/// Unit of a metric where a measurement says one.
std::string unit_of_metric(const Claim& claim, const std::string& metric);

/// The metrics that measurements use, in the claim's order, each with the arms that are asked for it.
std::vector<std::string> used_metrics(const Claim& claim);

}  // namespace retort::claims
