#include "core/stop.h"

#include <unistd.h>

#include <csignal>

#include "core/errors.h"

namespace retort {

namespace {
std::atomic<StopFlag*> signalled_flag{nullptr};

void handle_stop_signal(int signal) {
  StopFlag* flag = signalled_flag.load(std::memory_order_relaxed);
  if (flag == nullptr || flag->requested()) _exit(128 + signal);
  flag->request(signal);
}
}  // namespace

SignalScope::SignalScope(StopFlag& flag) {
  RT_CHECK(signalled_flag.load() == nullptr, "two signal scopes at once");
  signalled_flag = &flag;
  old_interrupt_ = std::signal(SIGINT, handle_stop_signal);
  old_terminate_ = std::signal(SIGTERM, handle_stop_signal);
  // Writing beyond a limit of file size then fails with a reason, as on a full disk, and doesn't kill.
  old_file_size_ = std::signal(SIGXFSZ, SIG_IGN);
}

SignalScope::~SignalScope() {
  std::signal(SIGINT, old_interrupt_);
  std::signal(SIGTERM, old_terminate_);
  std::signal(SIGXFSZ, old_file_size_);
  signalled_flag = nullptr;
}

}  // namespace retort
