// A sweep's results for people: a Markdown page and a chart.
#pragma once

#include <string>

#include "claims/sweep_results.h"

namespace retort::claims {

/// The page. `chart_file` is the name under which render_sweep_chart() lies beside it.
std::string render_sweep_page(const SweepResults& results, const std::string& chart_file);

/// One row a point, a dot a seed, a stroke at the mean (SVG); the best point's name in bold.
std::string render_sweep_chart(const SweepResults& results);

}  // namespace retort::claims
