#include <fmt/format.h>

#include <algorithm>

#include "claims/results_page.h"
#include "run/chart.h"

namespace retort::claims {

namespace {
constexpr double chart_width = 640, name_width = 130, right_space = 30;
constexpr double row_height = 22, title_height = 26, scale_height = 30;
constexpr int wanted_ticks = 5;
constexpr double free_share = 0.06;  // of the axis, left and right of the values

struct Row {
  std::string arm;
  std::vector<double> values;
};

std::vector<Row> rows_of(const ClaimResults& results, const std::string& metric) {
  std::vector<Row> rows;
  for (const auto& [arm, unused] : results.claim.arms) {
    Row row{arm, {}};
    for (const auto& run : results.runs) {
      const auto value = run.metrics.find(metric);
      if (run.arm == arm && value != run.metrics.end()) row.values.push_back(value->second);
    }
    if (!row.values.empty()) rows.push_back(std::move(row));
  }
  return rows;
}

struct Span {
  double low, high;
  double place(double value) const {
    return name_width + (chart_width - name_width - right_space) * (value - low) / (high - low);
  }
};

Span span_of(const std::vector<Row>& rows) {
  double low = rows.front().values.front(), high = low;
  for (const auto& row : rows) {
    for (const double value : row.values) low = std::min(low, value), high = std::max(high, value);
  }
  const double room = high > low ? free_share * (high - low) : std::max(0.5, 0.05 * std::abs(high));
  return {low - room, high + room};
}

std::string row_svg(const Row& row, const Span& span, double y) {
  std::string svg =
      fmt::format("<text x=\"{}\" y=\"{:.1f}\" text-anchor=\"end\">{}</text>\n", name_width - 12, y + 4, row.arm);
  svg += fmt::format("<line x1=\"{}\" x2=\"{}\" y1=\"{:.1f}\" y2=\"{:.1f}\" stroke=\"#e4e4e4\"/>\n", name_width,
                     chart_width - right_space, y, y);
  const double mean = span.place(summarise(row.values).mean);
  svg += fmt::format(
      "<line x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"{1:.1f}\" y2=\"{2:.1f}\" stroke=\"#b3432b\" "
      "stroke-width=\"2\"/>\n",
      mean, y - 8, y + 8);
  for (const double value : row.values) {
    svg += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3.5\" fill=\"#2f6f9f\" fill-opacity=\"0.75\"/>\n",
                       span.place(value), y);
  }
  return svg;
}

std::string scale_svg(const Span& span, double y) {
  std::string svg;
  for (const auto& tick : run::axis_ticks(span.low, span.high, wanted_ticks, false)) {
    svg += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\" fill=\"#777\">{}</text>\n",
                       span.place(tick.value), y, tick.label);
  }
  return svg;
}
}  // namespace

std::string render_results_chart(const ClaimResults& results) {
  std::string body;
  double y = 8;
  for (const auto& metric : used_metrics(results.claim)) {
    const auto rows = rows_of(results, metric);
    if (rows.empty()) continue;
    const auto span = span_of(rows);
    const auto unit = unit_of_metric(results.claim, metric);
    body += fmt::format("<text x=\"8\" y=\"{:.1f}\" font-weight=\"bold\">{}{}</text>\n", y + 14, metric,
                        unit.empty() ? "" : ", " + unit);
    y += title_height;
    for (const auto& row : rows) {
      body += row_svg(row, span, y + row_height / 2);
      y += row_height;
    }
    body += scale_svg(span, y + 12);
    y += scale_height;
  }
  return fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {1}\" width=\"{0}\" height=\"{1}\" "
      "font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n{2}</svg>\n",
      chart_width, y, body);
}

}  // namespace retort::claims
