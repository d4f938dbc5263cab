#include "claims/sweep_page.h"

#include <fmt/format.h>

#include "claims/dot_chart.h"
#include "claims/figure_text.h"
#include "core/choice_name.h"
#include "core/text.h"
#include "run/chart.h"

namespace retort::claims {

namespace {
std::string point_row(const SweepResults& results, size_t at) {
  const auto& point = results.points[at];
  const bool best = int(at) == results.best;
  std::string row = best ? "| **best** |" : "| |";
  for (size_t axis = 0; axis < results.plan.axes.size(); ++axis)
    row += fmt::format(" `{}` |", table_cell(results.plan.axes[axis].values[point.point.choice[axis]]));
  const auto mean = point.values.empty() ? "" : with_spread(point.summary);
  return row + fmt::format(" {} | {} | {} | {} |\n", best ? "**" + mean + "**" : mean, point.summary.count,
                           point.to_best.count > 0 ? with_error(point.to_best) : "", human_seconds(point.seconds));
}

std::string points_table(const SweepResults& results) {
  std::string head = "| |", rule = "|---|";
  for (const auto& axis : results.plan.axes) {
    head += fmt::format(" `{}` |", axis.key);
    rule += "---|";
  }
  std::string text = head + fmt::format(" `{}` (mean ± sd) | n | difference to the best +- standard error | time |\n",
                                        results.head.metric);
  text += rule + "---|---|---|---|\n";
  for (size_t at = 0; at < results.points.size(); ++at) text += point_row(results, at);
  return text;
}

// What a figure that was chosen is worth.
std::string choice_text(const SweepResults& results) {
  auto text = fmt::format(
      "The best of {} points is chosen by the very figures below, measured on {}: they make it look better than it is, "
      "the more so the more points there are and the larger their spread. ",
      results.points.size(), results.chosen_on);
  if (results.head.seeds < 2) text += "One seed a point has no spread: the order may be chance. ";
  if (results.chosen_on_test) {
    text +=
        "\n\n**Mind: that is a test set. The best point's figure is no test result, since the test set chose it. To "
        "have one, choose on data held out of the training set (another `data.test`), and test the chosen point "
        "once.**";
  } else {
    text += "What the best point is worth is to be measured on other data, and with other seeds.";
  }
  return text + "\n";
}

std::string rows_of_seeds(const PointResult& point) {
  std::string text;
  for (size_t at = 0; at < point.values.size(); ++at)
    text += fmt::format("| {} | {} | {} |\n", point.point.name, point.seeds[at], run::short_number(point.values[at]));
  return text;
}

std::string best_text(const SweepResults& results) {
  if (results.best < 0) return "No point has a figure for every seed.\n";
  const auto& best = results.points[size_t(results.best)].point;
  return fmt::format("`{}`:\n\n```\n{}\n```\n", best.name, command_of(results.head.recipe, results.plan, best));
}
}  // namespace

std::string render_sweep_page(const SweepResults& results, const std::string& chart_file) {
  size_t runs = 0;
  double seconds = 0;
  for (const auto& point : results.points) {
    runs += point.values.size();
    seconds += point.seconds;
  }
  auto text = fmt::format("# Sweep of {}\n\n**Chosen by** `{}`, {} is better, mean over {} {}.\n", results.head.recipe,
                          results.head.metric, choice_name(results.head.better), results.head.seeds,
                          results.head.seeds == 1 ? "seed" : "seeds");
  if (!results.plan.fixed.empty()) text += fmt::format("**All points** `{}`\n", join(results.plan.fixed, " "));
  text += "**Measured by** " + to_text(results.surroundings, runs, seconds) + "\n" + choice_text(results);
  for (const auto& warning : results.warnings) text += fmt::format("\n**Mind:** {}.\n", warning);
  for (const auto& failure : results.failures) text += fmt::format("\n**Failed:** {}\n", failure.message);
  text += "\n## Points\n\n" + points_table(results) + fmt::format("\n![every seed of every point]({})\n", chart_file);
  text += "\n## Best\n\n" + best_text(results) + "\n## Runs\n\n";
  text += fmt::format("| point | seed | `{}` |\n|---|---|---|\n", results.head.metric);
  for (const auto& point : results.points) text += rows_of_seeds(point);
  return text + "\nDifferences are paired seed by seed. Times are those of each run's own process.\n";
}

std::string render_sweep_chart(const SweepResults& results) {
  DotPanel panel{.title = results.head.metric};
  for (size_t at = 0; at < results.points.size(); ++at) {
    const auto& point = results.points[at];
    panel.rows.push_back({.name = point.point.name, .values = point.values, .marked = int(at) == results.best});
  }
  return render_dot_chart({panel});
}

}  // namespace retort::claims
