#include "cli/dispatch.h"

#include <ATen/Parallel.h>
#include <fmt/core.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_color_sinks.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "cli/failures.h"
#include "cli/verbs.h"
#include "core/env.h"
#include "core/text.h"

namespace retort::cli {

namespace {
/// Command line beats environment beats all cores.
int threads_to_use(const CommandLine& line) {
  if (line.threads != 0) return line.threads;
  const auto text = env::get("THREADS");
  if (text.empty()) return available_cores();
  int64_t threads = 0;
  if (!parse_integer(text, threads) || threads < 1 || threads > 4096) {
    user_error("RETORT_THREADS: '{}' is no number of threads; give a whole number from 1", text);
  }
  return static_cast<int>(threads);
}

spdlog::logger make_log(bool quiet) {
  spdlog::logger log("retort", std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
  log.set_pattern("%^%v%$");
  log.set_level(quiet ? spdlog::level::warn : spdlog::level::info);
  log.flush_on(spdlog::level::info);
  return log;
}

/// Results that never reached their file (disk full) are a fault, not a success.
int with_output_written(int exit_code) {
  if (std::fflush(stdout) != 0) fault("could not write to standard output: {}", std::strerror(errno));
  return exit_code;
}

int act(const CommandLine& line, const std::string& command, const Registries& registries) {
  ThreadPool pool(threads_to_use(line));
  at::set_num_threads(pool.threads());
  auto log = make_log(line.quiet);
  StopFlag stop;
  SignalScope signals(stop);
  Context context{.pool = pool, .random = RandomTree(0), .log = log, .stop = stop};
  Invocation invocation{.registries = registries, .context = context, .quiet = line.quiet, .command = command};
  return with_output_written(line.action(invocation));
}
}  // namespace

int dispatch(const std::vector<std::string>& words, const Registries& registries) {
  return run_guarded([&] {
    const auto verbs = all_verbs();
    const CommandLine line = parse_command_line(verbs, words);
    if (line.print.empty()) return act(line, "retort " + join(words, " "), registries);
    fmt::print("{}", line.print);
    return with_output_written(exit_done);
  });
}

}  // namespace retort::cli
