#include "claims/dot_chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "claims/statistics.h"
#include "run/chart.h"

namespace retort::claims {

namespace {
constexpr double plot_width = 480, right_space = 30;
constexpr double row_height = 22, title_height = 26, scale_height = 30;
constexpr double letter_width = 6.7, least_name_width = 130, name_space = 20;  // about right for 12 px sans-serif
constexpr int wanted_ticks = 5;
constexpr double free_share = 0.06;  // of the axis, left and right of the values

struct DotAxis {
  double low, high, begin;
  double end() const { return begin + plot_width; }
  double place(double value) const { return begin + plot_width * (value - low) / (high - low); }
};

DotAxis axis_of(const std::vector<DotRow>& rows, double begin) {
  double low = rows.front().values.front(), high = low;
  for (const auto& row : rows) {
    for (const double value : row.values) low = std::min(low, value), high = std::max(high, value);
  }
  const double room = high > low ? free_share * (high - low) : std::max(0.5, 0.05 * std::abs(high));
  return {low - room, high + room, begin};
}

std::string row_svg(const DotRow& row, const DotAxis& axis, double y) {
  std::string svg = fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"end\"{}>{}</text>\n", axis.begin - 12,
                                y + 4, row.marked ? " font-weight=\"bold\"" : "", run::escaped_html(row.name));
  svg += fmt::format("<line x1=\"{:.1f}\" x2=\"{:.1f}\" y1=\"{:.1f}\" y2=\"{:.1f}\" stroke=\"#e4e4e4\"/>\n", axis.begin,
                     axis.end(), y, y);
  const double mean = axis.place(summarise(row.values).mean);
  svg += fmt::format(
      "<line x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"{1:.1f}\" y2=\"{2:.1f}\" stroke=\"#b3432b\" "
      "stroke-width=\"2\"/>\n",
      mean, y - 8, y + 8);
  for (const double value : row.values) {
    svg += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3.5\" fill=\"#2f6f9f\" fill-opacity=\"0.75\"/>\n",
                       axis.place(value), y);
  }
  return svg;
}

std::string scale_svg(const DotAxis& axis, double y) {
  std::string svg;
  for (const auto& tick : run::axis_ticks(axis.low, axis.high, wanted_ticks, false)) {
    svg += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\" fill=\"#777\">{}</text>\n",
                       axis.place(tick.value), y, tick.label);
  }
  return svg;
}

double width_of_names(const std::vector<DotPanel>& panels) {
  double width = least_name_width;
  for (const auto& panel : panels) {
    for (const auto& row : panel.rows) width = std::max(width, name_space + letter_width * double(row.name.size()));
  }
  return width;
}
}  // namespace

std::string render_dot_chart(const std::vector<DotPanel>& panels) {
  const double begin = width_of_names(panels);
  std::string body;
  double y = 8;
  for (const auto& panel : panels) {
    std::vector<DotRow> rows;
    std::copy_if(panel.rows.begin(), panel.rows.end(), std::back_inserter(rows),
                 [](const DotRow& row) { return !row.values.empty(); });
    if (rows.empty()) continue;
    const auto axis = axis_of(rows, begin);
    body += fmt::format("<text x=\"8\" y=\"{:.1f}\" font-weight=\"bold\">{}</text>\n", y + 14,
                        run::escaped_html(panel.title));
    y += title_height;
    for (const auto& row : rows) {
      body += row_svg(row, axis, y + row_height / 2);
      y += row_height;
    }
    body += scale_svg(axis, y + 12);
    y += scale_height;
  }
  return fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0:.0f} {1}\" width=\"{0:.0f}\" height=\"{1}\" "
      "font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n{2}</svg>\n",
      begin + plot_width + right_space, y, body);
}

}  // namespace retort::claims
