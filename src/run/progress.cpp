#include "run/progress.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>

#include "core/log.h"
#include "core/text.h"

namespace retort::run {

namespace {
// The rate forgets what is older than about this many seconds, so that the ETA follows a run that slows down.
constexpr double rate_memory_seconds = 10;
constexpr double least_rate_interval = 0.5;
constexpr int bar_cells = 24;

int terminal_columns() {
  winsize size{};
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

double steady_clock_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

void write_to_stderr(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::fflush(stderr);
}

std::string phase_name(const Plan& plan, int64_t done) {
  for (const auto& phase : plan.phases) {
    if (done < phase.steps || &phase == &plan.phases.back()) return phase.name;
    done -= phase.steps;
  }
  return "";
}
}  // namespace

ProgressStyle default_progress_style(bool quiet) {
  if (quiet) return ProgressStyle::silent;
  return is_terminal(stderr) ? ProgressStyle::bar : ProgressStyle::lines;
}

Progress::Progress(ProgressOptions options, const Plan& plan, int64_t done)
    : options_(std::move(options)), plan_(plan), total_(plan.total_steps()), measured_done_(done) {
  if (!options_.write) options_.write = write_to_stderr;
  if (!options_.clock) options_.clock = steady_clock_seconds;
  measured_at_ = options_.clock();
  // The first line comes early, so that a log shows life; the bar shows at once.
  next_draw_ = measured_at_ + (options_.style == ProgressStyle::bar ? 0 : std::min(2.0, options_.line_period));
}

void Progress::update(int64_t done, const std::string& status) {
  const double now = options_.clock();
  if (now < next_draw_) return;
  measure(done, now);
  draw(done, status, false);
  next_draw_ = now + (options_.style == ProgressStyle::bar ? options_.bar_period : options_.line_period);
}

void Progress::finish(int64_t done, const std::string& status) {
  measure(done, options_.clock());
  draw(done, status, true);
}

void Progress::measure(int64_t done, double now) {
  const double seconds = now - measured_at_;
  if (seconds < least_rate_interval || done <= measured_done_) return;
  const double recent = static_cast<double>(done - measured_done_) / seconds;
  const double weight = rate_ == 0 ? 1 : 1 - std::exp(-seconds / rate_memory_seconds);
  rate_ += weight * (recent - rate_);
  measured_at_ = now;
  measured_done_ = done;
}

std::string Progress::amount_text(int64_t amount) const {
  return options_.unit == ProgressUnit::bytes ? human_bytes(static_cast<double>(amount)) : fmt::format("{}", amount);
}

std::string Progress::rate_text() const {
  if (options_.unit == ProgressUnit::bytes) return human_bytes(rate_) + "/s";
  const char* unit = options_.unit == ProgressUnit::samples ? "sample" : "step";
  return rate_ >= 1 ? fmt::format("{:.1f} {}s/s", rate_, unit) : fmt::format("{:.1f} s/{}", 1 / rate_, unit);
}

std::string Progress::line(int64_t done, const std::string& status) const {
  std::string text = phase_name(plan_, done);
  if (!text.empty()) text += ' ';
  if (options_.style == ProgressStyle::bar && total_ > 0) {
    const auto filled = static_cast<size_t>(std::clamp<int64_t>(done * bar_cells / total_, 0, bar_cells));
    text += fmt::format("[{}{}] ", std::string(filled, '='), std::string(bar_cells - filled, ' '));
  }
  text += amount_text(done);
  if (total_ > 0) text += "/" + amount_text(total_);
  if (rate_ > 0) {
    text += "  " + rate_text();
    if (done < total_) text += fmt::format("  ETA {}", human_seconds(static_cast<double>(total_ - done) / rate_));
  }
  if (!status.empty()) text += "  " + status;
  return text;
}

void Progress::draw(int64_t done, const std::string& status, bool last) {
  if (options_.style == ProgressStyle::silent) return;
  auto text = line(done, status);
  if (options_.style == ProgressStyle::bar) {
    const int columns = options_.columns > 0 ? options_.columns : terminal_columns();
    // A full last column would wrap and leave the old line standing.
    text = "\r" + text.substr(0, static_cast<size_t>(std::max(columns - 1, 1))) + "\x1b[K";
    if (last) text += '\n';
  } else {
    text += '\n';
  }
  options_.write(text);
}

}  // namespace retort::run
