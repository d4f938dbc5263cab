#include "core/thread_pool.h"

#include <sched.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "core/errors.h"

namespace retort {

namespace {
thread_local bool inside_pool_task = false;

// Short enough that an idle worker costs nothing, long enough to bridge the gaps between the phases of one step.
constexpr int spins_before_sleep = 2000;
}  // namespace

struct ThreadPool::State {
  std::mutex caller;  // held by the thread whose tasks the workers do
  std::mutex mutex;
  std::condition_variable wake, done;
  std::vector<std::thread> workers;
  std::atomic<uint64_t> generation{0};
  bool stopping = false;

  const std::function<void(int64_t)>* task = nullptr;
  int64_t tasks = 0;
  std::atomic<int64_t> next{0};
  int active = 0;
  std::exception_ptr failure;

  void drain() {
    inside_pool_task = true;
    try {
      for (int64_t index; (index = next.fetch_add(1, std::memory_order_relaxed)) < tasks;) (*task)(index);
    } catch (...) {
      std::lock_guard lock(mutex);
      if (!failure) failure = std::current_exception();
      next.store(tasks, std::memory_order_relaxed);
    }
    inside_pool_task = false;
  }

  void work() {
    uint64_t seen = 0;
    while (true) {
      for (int spin = 0; spin < spins_before_sleep && generation.load(std::memory_order_acquire) == seen; ++spin) {
        __builtin_ia32_pause();
      }
      {
        std::unique_lock lock(mutex);
        wake.wait(lock, [&] { return stopping || generation.load(std::memory_order_relaxed) != seen; });
        if (stopping) return;
        seen = generation.load(std::memory_order_relaxed);
        if (task == nullptr) continue;
        ++active;
      }
      drain();
      std::lock_guard lock(mutex);
      if (--active == 0) done.notify_all();
    }
  }
};

ThreadPool::ThreadPool(int threads) : state_(std::make_unique<State>()) {
  const int most = 4 * available_cores();
  if (threads < 1 || threads > most) user_error("threads: {} is outside [1, {}] on this machine", threads, most);
  for (int worker = 1; worker < threads; ++worker) state_->workers.emplace_back([this] { state_->work(); });
}

ThreadPool::~ThreadPool() {
  {
    std::lock_guard lock(state_->mutex);
    state_->stopping = true;
    state_->generation.fetch_add(1, std::memory_order_release);
  }
  state_->wake.notify_all();
  for (auto& worker : state_->workers) worker.join();
}

int ThreadPool::threads() const { return static_cast<int>(state_->workers.size()) + 1; }

void ThreadPool::run(int64_t tasks, const std::function<void(int64_t)>& task) {
  if (tasks <= 0) return;
  std::unique_lock caller(state_->caller, std::defer_lock);
  if (inside_pool_task || state_->workers.empty() || tasks == 1 || !caller.try_lock()) {
    for (int64_t index = 0; index < tasks; ++index) task(index);
    return;
  }
  {
    std::lock_guard lock(state_->mutex);
    state_->task = &task;
    state_->tasks = tasks;
    state_->next.store(0, std::memory_order_relaxed);
    state_->failure = nullptr;
    state_->generation.fetch_add(1, std::memory_order_release);
  }
  state_->wake.notify_all();
  state_->drain();
  std::unique_lock lock(state_->mutex);
  state_->done.wait(lock, [&] { return state_->active == 0; });
  state_->task = nullptr;
  if (state_->failure) std::rethrow_exception(state_->failure);
}

void ThreadPool::parallel_for(int64_t count, int64_t grain, const std::function<void(int64_t, int64_t)>& body) {
  if (count <= 0) return;
  grain = std::max<int64_t>(grain, 1);
  const int64_t pieces = std::clamp<int64_t>(count / grain, 1, 4 * int64_t{threads()});
  run(pieces, [&](int64_t piece) { body(count * piece / pieces, count * (piece + 1) / pieces); });
}

int available_cores() {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) return std::max(1, CPU_COUNT(&set));
  return std::max(1u, std::thread::hardware_concurrency());
}

}  // namespace retort
