// Weights of splats resized to the cells of a smaller (or otherwise resized) map. Resizing is linear, so
// resize(sum_g w_g f_g) = sum_g resize(w_g) f_g exactly, and sixteen cells cost what sixteen pixels cost.
#pragma once

#include <cstdint>
#include <vector>

#include "distil/field/splat/cpu/buffer.h"
#include "distil/field/splat/cpu/resize_taps.h"
#include "distil/field/splat/cpu/tile_scratch.h"

namespace retort::splat {

struct RenderFrame;

/// Blocks of 4x4 cells, each with a list of (splat, 16 weights). A block may draw on several tiles.
class PooledLists {
 public:
  /// Walks all tiles and resizes their weights. `with_background` lists what is left of T as background_row.
  void build(RenderFrame& frame, int map_width, int map_height, MapFilter filter, bool with_background);

  int blocks_x() const { return blocks_x_; }
  int blocks_y() const { return blocks_y_; }
  /// Block rows that a range of tile rows may touch.
  struct BlockRange {
    int first = 0, end = 0;
  };
  BlockRange block_rows(int first_tile_row, int last_tile_row) const;

  /// One block's list, splats of several tiles merged: rows into scratch.rows, weights [.,16] into scratch.hit_weights,
  /// 0, 1, 2... into scratch.hit_rows. Returns the number of rows. `splats` is P.
  int64_t merge(const RenderFrame& frame, int block_x, int block_y, int64_t splats, TileScratch& scratch) const;

 private:
  void set_axes(const ViewConstants& view, int map_width, int map_height, MapFilter filter);
  struct TileBlocks {
    BlockRange x, y;
    int columns() const { return x.end - x.first; }
    int count() const { return columns() * (y.end - y.first); }
  };
  TileBlocks blocks_of(int tile_x, int tile_y) const { return {block_range_x_[tile_x], block_range_y_[tile_y]}; }
  void pool_tile(RenderFrame& frame, int64_t tile, bool with_background, TileScratch& scratch);
  void emit_tile(int64_t tile, const TileBlocks& blocks, const WeightTable& table, const float* sums);

  MapAxes axes_;
  std::vector<BlockRange> block_range_x_, block_range_y_;  ///< per tile column, row
  int blocks_x_ = 0, blocks_y_ = 0;
  std::vector<int64_t> tile_base_;      ///< first place of each tile in the buffers
  std::vector<int64_t> tile_capacity_;  ///< places per block of the tile
  std::vector<int32_t> counts_;         ///< per tile and block of it
  std::vector<int64_t> counts_base_;
  Buffer<uint32_t> splats_;
  Buffer<float> weights_;
};

}  // namespace retort::splat
