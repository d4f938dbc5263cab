#include "cli/measured_runs.h"

#include <fmt/core.h>

#include <chrono>
#include <cstdio>
#include <ctime>
#include <string>

#include "claims/child_process.h"
#include "cli/machine_facts.h"
#include "core/errors.h"
#include "core/isa.h"
#include "core/log.h"
#include "core/memory_room.h"
#include "core/text.h"
#include "io/atomic_file.h"
#include "io/system_error.h"
#include "retort_build.h"

namespace retort::cli {

namespace {
namespace fs = std::filesystem;
constexpr uint64_t max_commit_bytes = 1000;

std::string utc_date() {
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm parts{};
  gmtime_r(&now, &parts);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%d", &parts)};
}

std::string commit_of(const fs::path& declaration_file, const fs::path& work_folder, const StopFlag& stop) {
  const auto log = work_folder / "commit.log";
  const auto folder = fs::absolute(declaration_file).parent_path().string();
  try {
    const auto outcome = claims::run_child(
        {"/usr/bin/git", "-C", folder, "describe", "--always", "--dirty", "--exclude=*"}, log, stop, [](double) {});
    return outcome.exit_code == 0 ? trim(io::read_whole_file(log, max_commit_bytes)) : "";
  } catch (const UserError&) {
    return "";  // no git here: the version has to do
  }
}
}  // namespace

void make_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) io::raise_system_error(folder, "can't be made", error.value());
}

claims::Surroundings surroundings_of(const fs::path& declaration_file, const fs::path& work_folder,
                                     const Invocation& invocation) {
  return {.command = invocation.command,
          .version = build::version,
          .commit = commit_of(declaration_file, work_folder, invocation.context.stop),
          .processor = processor_name(),
          .instruction_set = std::string(isa_name(chosen_isa())),
          .cores = available_cores(),
          .threads = invocation.context.pool.threads(),
          .memory_bytes = memory_room().total_bytes,
          .date = utc_date()};
}

std::function<void(std::string_view)> status_line(const Invocation& invocation) {
  if (invocation.quiet || !is_terminal(stderr)) return {};
  return [](std::string_view text) {
    fmt::print(stderr, "\r\x1b[K{}", text);
    std::fflush(stderr);
  };
}

}  // namespace retort::cli
