// The weights of a view's tiles, kept by blend() for the channel groups that follow it.
#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "distil/field/splat/cpu/buffer.h"
#include "distil/field/splat/cpu/kernel_types.h"

namespace retort::splat {

/// Memory is taken in chunks that stay from view to view. A tile that no longer fits the limit is simply not kept:
/// whoever needs its weights computes them anew, to the same bits.
class KeptWeights {
 public:
  static constexpr int64_t most_bytes = int64_t{256} << 20;

  /// Forgets what is kept and makes room for `tiles` tiles of `workers` writers.
  void begin(int64_t tiles, int workers, int64_t limit = most_bytes);
  /// Forgets what is kept.
  void clear() { tables_.clear(); }

  /// Copies a tile's table, whose last row is the background's. One call a tile; workers may call at once.
  void keep(int64_t tile, int worker, const WeightTable& table);

  /// The tile's table, with the background's row or without it; false when it was not kept.
  bool find(int64_t tile, bool with_background, WeightTable& table) const;

 private:
  struct Arena {
    std::vector<Buffer<float>> chunks;
    size_t current = 0;
    int64_t used = 0;  ///< floats of the current chunk
    float* take(int64_t floats);
  };

  std::vector<WeightTable> tables_;  ///< [tiles]; rows == null where nothing is kept
  std::vector<Arena> arenas_;        ///< [workers]
  std::atomic<int64_t> bytes_ = 0;
  int64_t limit_ = 0;
};

}  // namespace retort::splat
