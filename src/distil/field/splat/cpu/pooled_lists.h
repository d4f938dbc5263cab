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

/// Blocks of 4x4 cells, each with a list of (splat, 16 weights). A block may draw on several tiles. Products take
/// patches of a few blocks, so that a splat's row is fetched once for all of them.
class PooledLists {
 public:
  static constexpr int most_patch_blocks = 16;

  /// Walks all tiles and resizes their weights. `with_background` lists what is left of T as background_row.
  void build(RenderFrame& frame, int map_width, int map_height, MapFilter filter, bool with_background);

  int patches_x() const { return (blocks_x_ + patch_width - 1) / patch_width; }
  int patches_y() const { return (blocks_y_ + patch_height_ - 1) / patch_height_; }
  struct Range {
    int first = 0, end = 0;
  };
  /// Patch rows that a range of tile rows may touch.
  Range patch_rows(int first_tile_row, int last_tile_row) const;

  /// One patch's splats and its blocks' lists, merged where several tiles contribute, in the scratch's memory.
  struct Patch {
    const uint32_t* rows;  ///< [row_count] splats
    int64_t row_count;
    OutputGroup groups[most_patch_blocks];
    int group_count;
  };
  void merge(const RenderFrame& frame, int patch_x, int patch_y, TileScratch& scratch, Patch& patch) const;

 private:
  static constexpr int patch_width = 4;  ///< blocks

  void set_axes(const ViewConstants& view, int map_width, int map_height, MapFilter filter);
  /// A tile's share of a block's list.
  struct Share {
    int64_t place;  ///< first in the buffers
    int32_t count;
  };
  Share share_of(int64_t tile, int tile_x, int tile_y, int block_x, int block_y) const;
  void merge_block(const RenderFrame& frame, int block_x, int block_y, TileScratch& scratch, Patch& patch,
                   int64_t& hits) const;
  void place_cells(int block_x, int block_y, OutputGroup& group) const;
  struct TileBlocks {
    Range x, y;
    int columns() const { return x.end - x.first; }
    int count() const { return columns() * (y.end - y.first); }
  };
  TileBlocks blocks_of(int tile_x, int tile_y) const { return {block_range_x_[tile_x], block_range_y_[tile_y]}; }
  void pool_tile(RenderFrame& frame, int64_t tile, bool with_background, TileScratch& scratch);
  void emit_tile(int64_t tile, const TileBlocks& blocks, const WeightTable& table, const float* sums);

  MapAxes axes_;
  std::vector<Range> block_range_x_, block_range_y_;  ///< per tile column, row
  std::vector<Range> tile_range_x_, tile_range_y_;    ///< per block column, row
  int blocks_x_ = 0, blocks_y_ = 0, patch_height_ = 1;
  std::vector<int64_t> tile_base_;      ///< first place of each tile in the buffers
  std::vector<int64_t> tile_capacity_;  ///< places per block of the tile
  std::vector<int32_t> counts_;         ///< per tile and block of it
  std::vector<int64_t> counts_base_;
  Buffer<uint32_t> splats_;
  Buffer<float> weights_;
};

}  // namespace retort::splat
