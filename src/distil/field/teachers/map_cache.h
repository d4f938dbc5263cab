// Keeps the latest maps in memory within a budget and loads those announced in a thread of its own.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <memory>

namespace retort::field {

/// Thread-safe. What get() gives depends on the key alone, never on the order of calls.
class MapCache {
 public:
  /// `load` must be a pure function of the key; it runs in the cache's thread only. Least recently used tensors leave
  /// when they take more than `budget_bytes` together; the newest always stays.
  MapCache(std::function<at::Tensor(int64_t)> load, int64_t budget_bytes);
  ~MapCache();
  MapCache(const MapCache&) = delete;
  MapCache& operator=(const MapCache&) = delete;

  /// Waits when it is not there yet. What `load` threw for this key comes out here.
  at::Tensor get(int64_t key);
  /// Says that `key` will be wanted soon; returns at once.
  void prefetch(int64_t key);

  int64_t bytes() const;  ///< held now
  int64_t loads() const;  ///< calls of `load` so far

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace retort::field
