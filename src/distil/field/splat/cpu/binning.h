// Sorts a view's splats by depth and lists them per tile.
#pragma once

#include <cstdint>
#include <vector>

#include "core/thread_pool.h"
#include "distil/field/splat/cpu/buffer.h"
#include "distil/field/splat/cpu/kernel_types.h"

namespace retort::splat {

/// Tile rows in which a splat is listed; first > last when it is in none.
struct RowRange {
  int32_t first = 1, last = 0;
};

/// Consecutive tiles of one row that a splat's ellipse reaches.
struct TileSpan {
  uint32_t splat;
  int32_t tile_y, begin_x, end_x;
};

class TileLists {
 public:
  /// Lists every splat with radius > 0 in the tiles of its rectangle that its ellipse (alpha >= 1/255) can reach, front
  /// to back by the bits of its depth, ties by index. The same lists for any thread count. Fault beyond 2^32 entries.
  void build(ThreadPool& pool, const ViewConstants& view, const PackedSplat* packed, const int32_t* radius,
             const TileRect* rect, int64_t count);

  int64_t entry_count() const { return entry_count_; }
  const TileEntry* entries(int64_t tile) const { return entries_.data() + tile_begin_[tile]; }
  int64_t entries_of(int64_t tile) const { return tile_begin_[tile + 1] - tile_begin_[tile]; }
  int64_t tile_begin(int64_t tile) const { return tile_begin_[tile]; }
  /// [P + 1]: the gradient records of splat i are record_begin()[i] .. record_begin()[i + 1], in row-major order of
  /// tiles.
  const uint32_t* record_begin() const { return record_begin_.data(); }
  const RowRange& rows_of(int64_t splat) const { return rows_[splat]; }

 private:
  struct Chunk {
    std::vector<TileSpan> spans;
    std::vector<int64_t> next;  ///< per tile: entries of this chunk, then where the next one goes
  };
  void sort_by_depth(const PackedSplat* packed, const int32_t* radius, int64_t count);
  void find_spans(ThreadPool& pool, const ViewConstants& view, const PackedSplat* packed, const TileRect* rect);
  void place_entries(ThreadPool& pool, int tiles_x, int64_t tiles);

  struct DepthKey {
    uint32_t bits, splat;
  };
  Buffer<DepthKey> keys_, sorted_;
  int64_t visible_ = 0, entry_count_ = 0;
  std::vector<Chunk> chunks_;
  std::vector<int64_t> tile_begin_;
  std::vector<uint32_t> record_begin_;
  std::vector<RowRange> rows_;
  Buffer<TileEntry> entries_;
};

}  // namespace retort::splat
