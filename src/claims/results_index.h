// All committed results on one page.
#pragma once

#include <string>
#include <vector>

#include "claims/result_summary.h"

namespace retort::claims {

/// "3 shown, 1 opposite"; one verdict stands alone: "shown". Empty for none.
std::string verdicts_text(const std::vector<std::string>& verdicts);

/// results/INDEX.md: a table of claims with machine, date, command and time, the sum of their times, and a table of
/// all measurements with the difference and its standard error. Pages of single claims lie beside it.
std::string render_results_index(const std::vector<ResultSummary>& results);

/// The claims' table as aligned lines for a terminal.
std::string results_as_text(const std::vector<ResultSummary>& results);

/// All of it for programs.
nlohmann::ordered_json results_as_json(const std::vector<ResultSummary>& results);

}  // namespace retort::claims
