#include "claims/task_runner.h"

#include <spdlog/logger.h>

#include <map>
#include <optional>
#include <set>

#include "claims/child_process.h"
#include "core/errors.h"
#include "core/text.h"
#include "io/atomic_file.h"
#include "io/system_error.h"
#include "run/run_folder.h"

namespace retort::claims {

namespace {
namespace fs = std::filesystem;
constexpr int user_error_exit = 2, first_signal_exit = 128;
constexpr uint64_t max_log_bytes = 64 << 20;

// The program's last complaint, or the last line.
std::string last_complaint(const fs::path& log_file) {
  std::string complaint, last;
  for (const auto& line : split(io::read_whole_file(log_file, max_log_bytes), '\n')) {
    if (line.starts_with("retort: ")) complaint = line.substr(8);
    if (!trim(line).empty()) last = trim(line);
  }
  return complaint.empty() ? last : complaint;
}

// Seconds that are still to come, from what took how long so far.
class TimeEstimate {
 public:
  void add(const Task& task, double seconds) {
    for (auto* sums : {&of_source_[task.source], &of_all_}) {
      sums->seconds += seconds;
      sums->count += 1;
    }
  }
  /// 0 while nothing is known.
  double of(const Task& task) const {
    const auto found = of_source_.find(task.source);
    const auto& sums = found == of_source_.end() ? of_all_ : found->second;
    return sums.count == 0 ? 0 : sums.seconds / sums.count;
  }

 private:
  struct Sums {
    double seconds = 0, count = 0;
  };
  std::map<std::string, Sums> of_source_;
  Sums of_all_;
};

class TaskRunner {
 public:
  TaskRunner(const std::vector<Task>& tasks, const TaskRunnerOptions& options, Context& context)
      : options_(options), context_(context) {
    for (const auto& task : tasks) {
      if (!task.is_arm || options.only.empty() || task.source == options.only) wanted_.push_back(&task);
    }
  }

  TasksOutcome run() {
    find_states();
    for (size_t at = 0; at < wanted_.size() && outcome_.stop_signal == 0; ++at) {
      if (states_[at] != TaskState::done) attempt(at);
    }
    return outcome_;
  }

 private:
  void find_states() {
    for (const auto* task : wanted_) {
      states_.push_back(state_of(*task));
      if (states_.back() != TaskState::done) continue;
      ++outcome_.tasks_done;
      if (task->command.empty()) estimate_.add(*task, run::read_run_record(task->folder).seconds);
      if (options_.on_done) options_.on_done(*task);
    }
    if (outcome_.tasks_done > 0) context_.log.info("{} of {} are done already", outcome_.tasks_done, wanted_.size());
  }

  // Runs a task that isn't done, and notes what came of it.
  void attempt(size_t at) {
    const auto& task = *wanted_[at];
    if (context_.stop.requested()) {
      outcome_.stop_signal = context_.stop.signal();
      return;
    }
    const auto attempted = run_task(task, states_[at]);
    if (attempted.failure) {
      if (!options_.pass_over_failures) raise_failure(*attempted.failure);
      context_.log.warn("{}", attempted.failure->message);
      outcome_.failures.push_back(*attempted.failure);
      given_up_.insert(&task);
      return;
    }
    if (context_.stop.requested() && state_of(task) != TaskState::done) {
      outcome_.stop_signal = context_.stop.signal();
      return;
    }
    states_[at] = TaskState::done;
    ++outcome_.tasks_done;
    estimate_.add(task, attempted.seconds);
    context_.log.info("[{}/{}] {}: {}{}", outcome_.tasks_done, wanted_.size(), task.name,
                      human_seconds(attempted.seconds), time_left(0));
    if (options_.on_done) options_.on_done(task);
  }

  std::string time_left(double spent_on_current) const {
    double seconds = -spent_on_current;
    for (size_t at = 0; at < wanted_.size(); ++at) {
      if (states_[at] != TaskState::done && !given_up_.contains(wanted_[at])) seconds += estimate_.of(*wanted_[at]);
    }
    return seconds > 0 ? fmt::format(", about {} left", human_seconds(seconds)) : "";
  }

  std::vector<std::string> words_for(const Task& task, TaskState state) const {
    std::vector<std::string> words = {options_.program.string()};
    if (!task.command.empty()) {
      words.insert(words.end(), task.command.begin(), task.command.end());
    } else if (state == TaskState::unfinished) {
      words.insert(words.end(), {"resume", task.folder.string()});
    } else {
      words.insert(words.end(), {"run", declaration_file(task).string(), "--output", task.folder.string()});
    }
    words.insert(words.end(), {"--threads", std::to_string(options_.threads), "--quiet"});
    return words;
  }

  struct Attempt {
    double seconds = 0;  ///< those of an earlier part included where a run was resumed
    std::optional<TaskFailure> failure = {};
  };

  Attempt run_task(const Task& task, TaskState state) {
    std::error_code error;
    fs::create_directories(task.folder.parent_path(), error);
    if (error) io::raise_system_error(task.folder.parent_path(), "can't be made", error.value());
    if (task.command.empty()) io::write_whole_file(declaration_file(task), declaration_text(task));
    const auto log_file = task.folder.parent_path() / (task.name + ".log");
    const auto outcome = run_child(words_for(task, state), log_file, context_.stop, [&](double seconds) {
      if (options_.draw) {
        options_.draw(fmt::format("[{}/{}] {}: {}{}", outcome_.tasks_done + 1, wanted_.size(), task.name,
                                  human_seconds(seconds), time_left(seconds)));
      }
    });
    if (options_.draw) options_.draw("");
    if (outcome.exit_code >= first_signal_exit && context_.stop.requested()) return {outcome.seconds};
    if (outcome.exit_code != 0) return {outcome.seconds, failure_of(task, outcome.exit_code, log_file)};
    if (!task.command.empty()) {
      io::write_whole_file(declaration_file(task), declaration_text(task));
      return {outcome.seconds};
    }
    return {run::read_run_record(task.folder).seconds};
  }

  static TaskFailure failure_of(const Task& task, int exit_code, const fs::path& log_file) {
    return {.task = task.name,
            .exit_code = exit_code,
            .message = fmt::format("{}: {} (exit code {}; {})", task.name, last_complaint(log_file), exit_code,
                                   log_file.string())};
  }

  [[noreturn]] static void raise_failure(const TaskFailure& failure) {
    if (failure.exit_code == user_error_exit) throw UserError(failure.message);
    throw Fault(failure.message);
  }

  const TaskRunnerOptions& options_;
  Context& context_;
  std::vector<const Task*> wanted_;
  std::vector<TaskState> states_;
  std::set<const Task*> given_up_;
  TimeEstimate estimate_;
  TasksOutcome outcome_;
};
}  // namespace

TasksOutcome run_tasks(const std::vector<Task>& tasks, const TaskRunnerOptions& options, Context& context) {
  return TaskRunner(tasks, options, context).run();
}

}  // namespace retort::claims
