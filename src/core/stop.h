// Asking long work to stop: by a signal, a page or a test.
#pragma once

#include <atomic>

namespace retort {

/// Set from a signal handler or another thread; polled between steps.
class StopFlag {
 public:
  bool requested() const { return signal_.load(std::memory_order_relaxed) != 0; }
  /// The signal that asked (SIGINT, SIGTERM), or 0.
  int signal() const { return signal_.load(std::memory_order_relaxed); }
  void request(int signal) { signal_.store(signal, std::memory_order_relaxed); }

 private:
  std::atomic<int> signal_{0};
};

/// While it lives, SIGINT and SIGTERM set the flag; a second signal ends the process at once (exit 128 + signal).
/// SIGXFSZ (a file beyond the limit of size) is ignored: the writing then fails and says why.
/// The handlers of before are put back. One at a time.
class SignalScope {
 public:
  explicit SignalScope(StopFlag& flag);
  ~SignalScope();
  SignalScope(const SignalScope&) = delete;
  SignalScope& operator=(const SignalScope&) = delete;

 private:
  void (*old_interrupt_)(int);
  void (*old_terminate_)(int);
  void (*old_file_size_)(int);
};

}  // namespace retort
