// Committed results of claims (results/<claim>.json), as `list` and the index page tell them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "claims/statistics.h"

namespace retort::claims {

struct MeasurementSummary {
  std::string id, statement, unit;
  std::string of;           ///< the arm that was judged
  std::string verdict;      ///< as name_of(Verdict)
  Summary difference = {};  ///< count 0 where nothing was measured; standard error infinite for a single seed
};

struct ResultSummary {
  std::string claim, method, command, date;
  std::string processor, instruction_set;
  int64_t cores = 0, seeds = 0, runs = 0;
  double seconds = 0;                              ///< of all runs of arms
  std::map<std::string, std::string> arm_recipes;  ///< by arm
  std::vector<MeasurementSummary> measurements;
};

/// UserError "<name>: ..." with the key when the JSON is not what `retort reproduce` writes.
ResultSummary summarise_result(const nlohmann::json& json, const std::string& name);

/// All *.json of a folder, by the claims' names; none when there is no such folder.
std::vector<ResultSummary> read_results(const std::filesystem::path& folder);

}  // namespace retort::claims
