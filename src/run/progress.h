// How far a run is, for people: a bar on a terminal, a plain line now and then elsewhere.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "run/job.h"

namespace retort::run {

enum class ProgressStyle { bar, lines, silent };

/// What is counted.
enum class ProgressUnit { steps, bytes, samples };

struct ProgressOptions {
  ProgressStyle style = ProgressStyle::lines;
  ProgressUnit unit = ProgressUnit::steps;
  double bar_period = 0.2;                           ///< least seconds between two drawings of the bar
  double line_period = 10;                           ///< seconds between two lines
  int columns = 0;                                   ///< width of the terminal; 0 asks the system
  std::function<void(std::string_view)> write = {};  ///< default: to stderr, flushed
  std::function<double()> clock = {};                ///< seconds, never falling; default: the steady clock
};

/// A bar when stderr is a terminal, lines otherwise, silent when asked for.
ProgressStyle default_progress_style(bool quiet);

class Progress {
 public:
  /// `done`: steps done before (a resumed run); they don't count for the rate.
  Progress(ProgressOptions options, const Plan& plan, int64_t done);

  /// Called after every step; draws when it is time. Cheap otherwise.
  void update(int64_t done, const std::string& status);
  /// Draws the last state and ends the line.
  void finish(int64_t done, const std::string& status);
  /// Steps or bytes a second lately, 0 before it is known.
  double rate() const { return rate_; }

 private:
  std::string line(int64_t done, const std::string& status) const;
  std::string amount_text(int64_t amount) const;
  std::string rate_text() const;
  void measure(int64_t done, double now);
  void draw(int64_t done, const std::string& status, bool last);

  ProgressOptions options_;
  Plan plan_;
  int64_t total_;
  double next_draw_, measured_at_;
  int64_t measured_done_;
  double rate_ = 0;
};

}  // namespace retort::run
