#include "distil/field/teachers/map_cache.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <exception>
#include <list>
#include <map>
#include <mutex>
#include <thread>

namespace retort::field {

namespace {
int64_t bytes_of_map(const at::Tensor& map) { return static_cast<int64_t>(map.nbytes()); }
}  // namespace

struct MapCache::State {
  /// One load, shared by the worker, the cache and all who wait; so a waiter gets its map even if the cache has already
  /// dropped it.
  struct Slot {
    at::Tensor map;
    std::exception_ptr error;
    bool done = false;
  };

  std::function<at::Tensor(int64_t)> load;
  int64_t budget_bytes = 0;

  mutable std::mutex mutex;
  std::condition_variable work_arrived, load_done;
  std::map<int64_t, std::shared_ptr<Slot>> slots;
  std::deque<int64_t> queue;
  std::list<int64_t> recent;  ///< keys of loaded maps, latest use first
  int64_t held_bytes = 0, loads = 0;
  bool closing = false;
  std::thread worker;

  std::shared_ptr<Slot> request(int64_t key, bool urgent) {
    auto& slot = slots[key];
    if (!slot) {
      slot = std::make_shared<Slot>();
      if (urgent)
        queue.push_front(key);
      else
        queue.push_back(key);
      work_arrived.notify_one();
    }
    return slot;
  }

  void mark_used(int64_t key) {
    recent.remove(key);
    recent.push_front(key);
  }

  void shrink() {
    while (held_bytes > budget_bytes && recent.size() > 1) {
      const int64_t oldest = recent.back();
      recent.pop_back();
      held_bytes -= bytes_of_map(slots.at(oldest)->map);
      slots.erase(oldest);
    }
  }

  void work() {
    std::unique_lock lock(mutex);
    while (true) {
      work_arrived.wait(lock, [&] { return closing || !queue.empty(); });
      if (closing) return;
      const int64_t key = queue.front();
      queue.pop_front();
      const auto slot = slots.at(key);
      lock.unlock();
      at::Tensor map;
      std::exception_ptr error;
      try {
        map = load(key);
      } catch (...) {
        error = std::current_exception();
      }
      lock.lock();
      ++loads;
      slot->map = map;
      slot->error = error;
      slot->done = true;
      if (!error) {
        held_bytes += bytes_of_map(map);
        mark_used(key);
        shrink();
      }
      load_done.notify_all();
    }
  }
};

MapCache::MapCache(std::function<at::Tensor(int64_t)> load, int64_t budget_bytes) : state_(std::make_unique<State>()) {
  state_->load = std::move(load);
  state_->budget_bytes = budget_bytes;
  state_->worker = std::thread([state = state_.get()] { state->work(); });
}

MapCache::~MapCache() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->closing = true;
  }
  state_->work_arrived.notify_all();
  state_->worker.join();
}

at::Tensor MapCache::get(int64_t key) {
  std::unique_lock lock(state_->mutex);
  const auto slot = state_->request(key, true);
  // A map that waits in the queue as a prefetch goes first now.
  if (!slot->done) {
    auto& queue = state_->queue;
    if (const auto place = std::find(queue.begin(), queue.end(), key); place != queue.end()) {
      queue.erase(place);
      queue.push_front(key);
    }
  }
  state_->load_done.wait(lock, [&] { return slot->done; });
  const auto held = state_->slots.find(key);
  const bool is_held = held != state_->slots.end() && held->second == slot;
  if (slot->error) {
    if (is_held) state_->slots.erase(held);  // the file may be mended: the next call tries again
    std::rethrow_exception(slot->error);
  }
  if (is_held) state_->mark_used(key);
  return slot->map;
}

void MapCache::prefetch(int64_t key) {
  const std::lock_guard lock(state_->mutex);
  state_->request(key, false);
}

int64_t MapCache::bytes() const {
  const std::lock_guard lock(state_->mutex);
  return state_->held_bytes;
}

int64_t MapCache::loads() const {
  const std::lock_guard lock(state_->mutex);
  return state_->loads;
}

}  // namespace retort::field
