// How means and their spreads are written, on pages and in JSON.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "claims/statistics.h"

namespace retort::claims {

/// "0.0408 +- 0.002", the number behind being the standard error; only the mean where there is one seed.
std::string with_error(const Summary& summary);

/// "0.0408 ± 0.003", the number behind being the standard deviation; only the mean where there is one seed.
std::string with_spread(const Summary& summary);

/// Text that can't end its cell of a Markdown table.
std::string table_cell(const std::string& text);

/// JSON has no infinity: null for a single seed's spread.
nlohmann::ordered_json number_json(double value);

/// Mean, deviation, standard error and, from two values on, half of the 95 % interval by Student's t.
nlohmann::ordered_json summary_json(const Summary& summary);

}  // namespace retort::claims
