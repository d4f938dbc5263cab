#include "run/report.h"

#include <algorithm>
#include <cmath>

#include "core/errors.h"
#include "core/text.h"
#include "io/atomic_file.h"
#include "io/base64.h"
#include "run/chart.h"
#include "run/metrics_log.h"
#include "run/report_style.h"
#include "run/run_recorder.h"

namespace retort::run {

namespace {
namespace fs = std::filesystem;
constexpr uint64_t max_inlined_picture_bytes = 8 << 20;
constexpr uint64_t max_shown_recipe_bytes = 1 << 20;

// A name that may be broken after its separators.
std::string breakable(const std::string& name) {
  std::string html;
  for (const char letter : escaped_html(name)) {
    html += letter;
    if (letter == '/' || letter == '_') html += "<wbr>";
  }
  return html;
}

std::string head(const RunRecord& record, const std::string& title) {
  const auto& description = record.description;
  std::string html = fmt::format(
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, "
      "initial-scale=1\">\n<title>{0}</title>\n<style>{1}</style>\n"
      "</head><body>\n<h1>{0}<span class=\"state {2}\">{2}</span></h1>\n",
      escaped_html(title), report_style, name_of(record.state));
  html += fmt::format("<p class=\"quiet\">{} / {}, {} of {} steps in {}, started {}, peak memory {}</p>\n",
                      escaped_html(description.family), escaped_html(description.method), record.steps_done,
                      record.steps_planned, human_seconds(record.seconds), escaped_html(record.started_at),
                      human_bytes(static_cast<double>(record.peak_memory_bytes)));
  if (!record.message.empty()) html += fmt::format("<p class=\"message\">{}</p>\n", escaped_html(record.message));
  return html;
}

std::string final_values(const std::vector<Curve>& curves) {
  std::string html;
  for (const auto& curve : curves) {
    if (curve.timing) continue;
    html += fmt::format("<div class=\"card\"><b>{} <span>{}</span></b><span>{}</span></div>\n",
                        short_number(curve.values.back()), unit_of_scalar(curve.name), breakable(curve.name));
  }
  return html.empty() ? "" : fmt::format("<h2>Last values</h2>\n<div class=\"figures\">\n{}</div>\n", html);
}

std::string charts(const std::vector<Curve>& curves) {
  std::string html;
  for (const auto& curve : curves) {
    const auto [low, high] = std::minmax_element(curve.values.begin(), curve.values.end());
    html += fmt::format(
        "<div class=\"card\"><div class=\"head\"><h3>{}</h3><b>{} <span class=\"quiet\">{}</span></b></div>\n{}"
        "<div class=\"small\">lowest {}, highest {}, {} points</div></div>\n",
        breakable(curve.name), short_number(curve.values.back()), unit_of_scalar(curve.name), render_chart(curve),
        short_number(*low), short_number(*high), curve.values.size());
  }
  return html.empty() ? "" : fmt::format("<h2>Curves</h2>\n<div class=\"grid\">\n{}</div>\n", html);
}

std::string pictures(const fs::path& run_folder) {
  std::string html;
  for (const auto& picture : list_pictures(run_folder)) {
    std::error_code error;
    if (fs::file_size(picture.path, error) > max_inlined_picture_bytes || error) continue;
    html += fmt::format(
        "<figure class=\"card\"><img alt=\"{0}\" src=\"data:image/png;base64,{1}\">"
        "<figcaption>{0}, step {2}</figcaption></figure>\n",
        escaped_html(picture.title), io::base64(io::read_whole_file(picture.path, max_inlined_picture_bytes)),
        picture.step);
  }
  return html.empty() ? "" : fmt::format("<h2>Pictures</h2>\n<div class=\"grid\">\n{}</div>\n", html);
}

std::string products(const std::vector<ProductRecord>& records) {
  std::string rows;
  for (const auto& product : records) {
    rows += fmt::format(
        "<tr><td>{}</td><td>{}</td><td><a href=\"{}\">{}</a></td><td class=\"number\">{}</td><td class=\"hash\">{}</td>"
        "</tr>\n",
        escaped_html(product.name), escaped_html(product.kind), escaped_html(product.path), escaped_html(product.path),
        human_bytes(static_cast<double>(product.bytes)), product.sha256);
  }
  if (rows.empty()) return "";
  return fmt::format(
      "<h2>Products</h2>\n<div class=\"card scroll\"><table>\n"
      "<tr><th>name</th><th>kind</th><th>file</th><th>size</th><th>SHA-256</th></tr>\n{}</table></div>\n",
      rows);
}

std::string environment(const RunRecord& record) {
  const auto& description = record.description;
  std::string rows;
  const auto row = [&rows](const char* name, const std::string& value) {
    if (!value.empty()) rows += fmt::format("<tr><th>{}</th><td>{}</td></tr>\n", name, escaped_html(value));
  };
  row("command", description.command);
  row("retort", description.version);
  row("LibTorch", record.libtorch_version);
  row("instruction set", description.instruction_set);
  row("threads", fmt::format("{}", description.threads));
  row("seed", fmt::format("{}", description.seed));
  row("variables", join(record.environment, ", "));
  return fmt::format("<h2>Environment</h2>\n<div class=\"card scroll\"><table class=\"facts\">\n{}</table></div>\n",
                     rows);
}

std::string recipe(const fs::path& run_folder) {
  const auto file = run_folder / "recipe.yaml";
  std::error_code error;
  if (!fs::is_regular_file(file, error)) return "";
  return fmt::format("<h2>Recipe</h2>\n<div class=\"card\"><pre>{}</pre></div>\n",
                     escaped_html(io::read_whole_file(file, max_shown_recipe_bytes)));
}
}  // namespace

std::string render_report(const fs::path& run_folder, const RunRecord& record) {
  const auto curves = read_curves(run_folder);
  const auto name = fs::absolute(run_folder).lexically_normal();
  const auto title = name.has_filename() ? name.filename() : name.parent_path().filename();
  return head(record, title.string()) + final_values(curves) + charts(curves) + pictures(run_folder) +
         products(record.products) + environment(record) + recipe(run_folder) + "</body></html>\n";
}

void write_report(const fs::path& run_folder, const RunRecord& record) {
  io::write_whole_file(run_folder / "report.html", render_report(run_folder, record));
}

}  // namespace retort::run
