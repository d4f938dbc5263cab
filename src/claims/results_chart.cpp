#include "claims/dot_chart.h"
#include "claims/results_page.h"

namespace retort::claims {

namespace {
std::vector<DotRow> rows_of_metric(const ClaimResults& results, const std::string& metric) {
  std::vector<DotRow> rows;
  for (const auto& [arm, unused] : results.claim.arms) {
    DotRow row{.name = arm};
    for (const auto& run : results.runs) {
      const auto value = run.metrics.find(metric);
      if (run.arm == arm && value != run.metrics.end()) row.values.push_back(value->second);
    }
    rows.push_back(std::move(row));
  }
  return rows;
}
}  // namespace

std::string render_results_chart(const ClaimResults& results) {
  std::vector<DotPanel> panels;
  for (const auto& metric : used_metrics(results.claim)) {
    const auto unit = unit_of_metric(results.claim, metric);
    panels.push_back({.title = metric + (unit.empty() ? "" : ", " + unit), .rows = rows_of_metric(results, metric)});
  }
  return render_dot_chart(panels);
}

}  // namespace retort::claims
