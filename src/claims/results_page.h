// A claim's results for people: a Markdown page and a chart.
#pragma once

#include <string>

#include "claims/results.h"

namespace retort::claims {

/// The page. `chart_file` is the name under which render_results_chart() lies beside it.
std::string render_results_page(const ClaimResults& results, const std::string& chart_file);

/// A picture (SVG with colours of its own) of every metric that the claim uses: one panel each, one row an arm, a dot a
/// seed and a stroke at the mean. Panels without values are left out.
std::string render_results_chart(const ClaimResults& results);

}  // namespace retort::claims
