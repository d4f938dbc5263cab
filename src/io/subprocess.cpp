#include "io/subprocess.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "core/errors.h"
#include "core/text.h"

extern char** environ;

namespace retort::io {

std::optional<std::filesystem::path> find_program(const std::string& name) {
  const char* path = std::getenv("PATH");
  for (const auto& folder : split(path ? path : "", ':')) {
    const auto file = std::filesystem::path(folder) / name;
    if (!folder.empty() && access(file.c_str(), X_OK) == 0 && std::filesystem::is_regular_file(file)) return file;
  }
  return std::nullopt;
}

Subprocess::Subprocess(const std::filesystem::path& program, const std::vector<std::string>& arguments)
    : name_(program.filename().string()) {
  // A socket, not a pipe: a reader that is gone then gives an error and no signal.
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
    fault("{}: no channel to it: {}", name_, std::strerror(errno));
  }
  input_ = ends[0];
  errors_ = memfd_create("errors", MFD_CLOEXEC);
  std::vector<char*> argv = {const_cast<char*>(program.c_str())};
  for (const auto& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDIN_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  if (errors_ >= 0) posix_spawn_file_actions_adddup2(&actions, errors_, STDERR_FILENO);
  const int failure = posix_spawn(&process_, program.c_str(), &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  if (failure != 0) {
    close(input_);
    if (errors_ >= 0) close(errors_);
    fault("{}: can't be started: {}", program.string(), std::strerror(failure));
  }
}

Subprocess::~Subprocess() {
  if (process_ > 0) {
    kill(process_, SIGTERM);
    wait();
  }
  if (errors_ >= 0) close(errors_);
}

void Subprocess::write(std::span<const uint8_t> bytes) {
  while (!bytes.empty()) {
    const auto sent = send(input_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      bytes = bytes.subspan(static_cast<size_t>(sent));
    } else if (errno != EINTR) {
      wait();
      fail("stopped reading");
    }
  }
}

void Subprocess::finish() {
  const int status = wait();
  if (!WIFEXITED(status)) fail("was ended by a signal");
  if (WEXITSTATUS(status) != 0) fail(fmt::format("gave up with exit status {}", WEXITSTATUS(status)));
}

int Subprocess::wait() {
  if (input_ >= 0) close(input_);
  input_ = -1;
  int status = 0;
  while (waitpid(process_, &status, 0) < 0 && errno == EINTR) {
  }
  process_ = -1;
  return status;
}

void Subprocess::fail(const std::string& what) {
  constexpr off_t most = 2000;
  std::string said(most, '\0');
  const off_t end = errors_ >= 0 ? lseek(errors_, 0, SEEK_END) : 0;
  const auto got = pread(errors_, said.data(), said.size(), end > most ? end - most : 0);
  said.resize(got > 0 ? static_cast<size_t>(got) : 0);
  fault("{} {}{}{}", name_, what, said.empty() ? "" : "; it said: ", trim(said));
}

}  // namespace retort::io
