// Our own worker threads: the splat kernel, losses, optimisers and loaders share one pool, so that nothing
// oversubscribes the cores and results never depend on a foreign runtime's scheduling.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

namespace retort {

class ThreadPool {
 public:
  /// threads >= 1, counting the caller; refuses more than 4 x the machine's cores (UserError).
  explicit ThreadPool(int threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int threads() const;

  /// Calls task(i) for i in [0, tasks), each exactly once, in no promised order; returns when all are done.
  /// Tasks are handed out dynamically; determinism is the caller's: let a task write only what it owns.
  /// The first exception thrown by a task is rethrown here. Nested calls, and calls while another thread uses the pool,
  /// run in the calling thread.
  void run(int64_t tasks, const std::function<void(int64_t)>& task);

  /// Cuts [0, count) into contiguous ranges of at least `grain` elements and calls body(begin, end) for each.
  /// The cuts depend on the number of threads: fit for element-wise work, not for partial sums.
  void parallel_for(int64_t count, int64_t grain, const std::function<void(int64_t, int64_t)>& body);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Cores this process may use (affinity respected), at least 1.
int available_cores();

}  // namespace retort
