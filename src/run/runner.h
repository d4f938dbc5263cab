// Runs a job in its folder: steps, curves, checkpoints, stopping, resuming, products, report.
#pragma once

#include <cstdint>
#include <string>

#include "core/context.h"
#include "run/job.h"
#include "run/progress.h"
#include "run/run_folder.h"

namespace retort::run {

struct RunOptions {
  int64_t checkpoint_every_steps = 500;  ///< 0: not by steps
  /// Also when so many seconds have passed since the last one (long steps); 0: not by time. Such checkpoints lie at
  /// steps that depend on the machine's speed; what the run makes does not.
  double checkpoint_every_seconds = 60;
  ProgressOptions progress;
  bool report = true;  ///< write report.html at the end
};

struct RunOutcome {
  enum class Kind { finished, stopped } kind = Kind::finished;
  int signal = 0;  ///< that stopped it (SIGINT, SIGTERM)
  int64_t steps_done = 0;
  std::vector<ProductRecord> products;
};

/// Runs the job from its latest whole checkpoint (or from the start) to the end, or until `context.stop` is set: then
/// the step is ended, the state saved and the outcome is `stopped`. A resumed run makes the same products, byte for
/// byte, as an undisturbed one; its curves are the same but for lines of time.
/// Whatever the job throws is noted in run.json (state failed, message) and thrown on; so is a Fault when a scalar is
/// NaN. A run that is finished already is not run again.
RunOutcome run_job(Job& job, RunFolder& folder, Context& context, const RunOptions& options);

/// What `--dry-run` prints: phases, steps, memory, notes.
std::string plan_text(const Plan& plan);

}  // namespace retort::run
