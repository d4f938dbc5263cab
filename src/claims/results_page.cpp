#include "claims/results_page.h"

#include <algorithm>

#include "claims/figure_text.h"
#include "core/text.h"
#include "run/chart.h"

namespace retort::claims {

namespace {
constexpr double megabyte = 1e6;

std::string with_unit(const std::string& name, const std::string& unit) {
  return unit.empty() ? fmt::format("`{}`", name) : fmt::format("`{}`, {}", name, unit);
}

std::string other_side(const Measurement& measurement) {
  const bool other_metric = !measurement.against_metric.empty() && measurement.against_metric != measurement.metric;
  return measurement.against + (other_metric ? fmt::format(" (`{}`)", measurement.against_metric) : "");
}

std::string verdict_row(const MeasuredResult& result) {
  const auto& measurement = result.measurement;
  if (result.verdict == Verdict::not_measured) {
    return fmt::format("| {} | {} | | | | | {} |\n", result.id, table_cell(measurement.statement),
                       name_of(result.verdict));
  }
  double number = 0;
  const auto times = measurement.times == 1 ? "" : fmt::format("{} x ", measurement.times);
  const auto against =
      parse_number(measurement.against, number)
          ? times + measurement.against
          : fmt::format("{}: {}{}", table_cell(other_side(measurement)), times, with_spread(result.against_summary));
  return fmt::format("| {} | {} | {}: {} | {} | {} | {} | **{}** |\n", result.id, table_cell(measurement.statement),
                     measurement.of, with_spread(result.value_summary), against, with_error(result.difference_summary),
                     rule_text(measurement), name_of(result.verdict));
}

std::string verdict_table(const ClaimResults& results) {
  std::string text =
      "| | promised | measured (mean ± sd) | against (mean ± sd) | difference +- standard error | rule | verdict |\n"
      "|---|---|---|---|---|---|---|\n";
  for (const auto& result : results.results) text += verdict_row(result);
  text += "\n";
  for (const auto& result : results.results) {
    if (!result.measurement.reported.empty()) {
      text += fmt::format("* {}: the paper reports: {}\n", result.id, result.measurement.reported);
    }
  }
  return text;
}

std::string runs_table(const ClaimResults& results) {
  const auto metrics = used_metrics(results.claim);
  std::string head = "| arm | seed |", rule = "|---|---|";
  for (const auto& metric : metrics) {
    head += fmt::format(" {} |", with_unit(metric, unit_of_metric(results.claim, metric)));
    rule += "---|";
  }
  std::string text = head + " time s | step ms (median) | peak memory MB |\n" + rule + "---|---|---|\n";
  for (const auto& run : results.runs) {
    text += fmt::format("| {} | {} |", run.arm, run.seed);
    for (const auto& metric : metrics) {
      const auto value = run.metrics.find(metric);
      text += value == run.metrics.end() ? " |" : fmt::format(" {} |", run::short_number(value->second));
    }
    text += fmt::format(" {:.1f} | {:.2f} | {:.0f} |\n", run.seconds, 1000 * run.median_step_seconds,
                        run.peak_memory_bytes / megabyte);
  }
  return text;
}

std::string arms_list(const Claim& claim) {
  std::string text;
  for (const auto& [name, arm] : claim.arms) {
    text += fmt::format("* `{}`: {}recipe `{}`{}\n", name, arm.note.empty() ? "" : arm.note + "; ", arm.recipe,
                        arm.set.empty() ? "" : ", `" + join(arm.set, " ") + "`");
  }
  return text + fmt::format("* all arms: `{}`\n", join(claim.head.common, " "));
}

double seconds_of_runs(const ClaimResults& results) {
  double seconds = 0;
  for (const auto& run : results.runs) seconds += run.seconds;
  return seconds;
}
}  // namespace

std::string render_results_page(const ClaimResults& results, const std::string& chart_file) {
  const auto& claim = results.claim;
  std::string text = fmt::format("# Claim {}\n\n", claim.name);
  if (!claim.head.paper.empty()) text += fmt::format("**Paper.** {}\n", claim.head.paper);
  if (!claim.head.summary.empty()) text += fmt::format("**What is measured.** {}\n", claim.head.summary);
  if (!claim.head.data.empty()) text += fmt::format("**Data.** {}\n", claim.head.data);
  text +=
      fmt::format("**Measured by** {}", to_text(results.surroundings, results.runs.size(), seconds_of_runs(results)));
  if (results.quick) text += "\n**A quick variant: it tries the machinery, its verdicts count for nothing.**\n";
  for (const auto& warning : results.warnings) text += fmt::format("\n**Mind:** {}.\n", warning);
  text += "\n## Verdicts\n\n" + verdict_table(results);
  text += fmt::format("\n![every seed of every arm]({})\n", chart_file);
  text += "\n## Arms\n\n" + arms_list(claim) + "\n## Runs\n\n" + runs_table(results);
  return text +
         "\nDifferences are paired seed by seed; the rules are those of `docs/claims.md`. Times and memory are those "
         "of "
         "each run's own process.\n";
}

}  // namespace retort::claims
