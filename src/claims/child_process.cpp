#include "claims/child_process.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <thread>

#include "core/errors.h"
#include "io/system_error.h"

namespace retort::claims {

namespace {
constexpr auto time_between_looks = std::chrono::milliseconds(50);
constexpr int looks_between_ticks = 5;
constexpr int cannot_execute = 127;

// Between fork and exec: only what is safe after a fork of a process with threads.
[[noreturn]] void become_program(char* const* words, int log, int parent) {
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (getppid() != parent) _exit(128 + SIGTERM);  // it died before the line above
  const int nothing = open("/dev/null", O_RDONLY);
  dup2(nothing, STDIN_FILENO);
  dup2(log, STDOUT_FILENO);
  dup2(log, STDERR_FILENO);
  execv(words[0], words);
  _exit(cannot_execute);
}

int exit_code_of(int status) { return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status); }

int wait_for_child(pid_t child, const StopFlag& stop, const std::function<void()>& tick) {
  bool told = false;
  for (int look = 0;; ++look) {
    int status = 0;
    const pid_t ended = waitpid(child, &status, WNOHANG);
    if (ended == child) return exit_code_of(status);
    RT_CHECK(ended == 0 || errno == EINTR, "waiting for a run failed (errno {})", errno);
    if (stop.requested() && !told) {
      kill(child, stop.signal());
      told = true;
    }
    if (look % looks_between_ticks == 0) tick();
    std::this_thread::sleep_for(time_between_looks);
  }
}
}  // namespace

ChildOutcome run_child(const std::vector<std::string>& words, const std::filesystem::path& log_file,
                       const StopFlag& stop, const std::function<void(double)>& tick) {
  std::vector<char*> arguments;
  for (const auto& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  const int log = open(log_file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (log < 0) io::raise_system_error(log_file, "can't be written", errno);
  const auto started = std::chrono::steady_clock::now();
  const auto elapsed = [&] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  };
  const int parent = getpid();
  const pid_t child = fork();
  if (child == 0) become_program(arguments.data(), log, parent);
  const int fork_error = errno;
  close(log);
  if (child < 0) io::raise_system_error(words.front(), "can't be started", fork_error);
  const int code = wait_for_child(child, stop, [&] { tick(elapsed()); });
  if (code == cannot_execute) user_error("{}: can't be executed", words.front());
  return {.exit_code = code, .seconds = elapsed()};
}

}  // namespace retort::claims
