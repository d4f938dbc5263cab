#include "distil/field/splat/cpu/pooled_lists.h"

#include <algorithm>
#include <cstring>

#include "distil/field/splat/cpu/renderer_state.h"

namespace retort::splat {

namespace {

constexpr int block_side = 4;  ///< cells

/// One group's taps: cells that its pixels reach, with the weight of each pixel.
struct GroupTaps {
  std::vector<float> weights;  ///< [taps][16]
  std::vector<int32_t> targets;
};

}  // namespace

void PooledLists::set_axes(const ViewConstants& view, int map_width, int map_height, MapFilter filter) {
  axes_ = MapAxes(view, map_width, map_height, filter);
  const auto ranges = [](const std::vector<CellRange>& cells, std::vector<BlockRange>& blocks) {
    blocks.resize(cells.size());
    for (size_t tile = 0; tile < cells.size(); ++tile) {
      const int first = cells[tile].first / block_side;
      blocks[tile] = {first, cells[tile].first == cells[tile].end ? first : (cells[tile].end - 1) / block_side + 1};
    }
  };
  ranges(axes_.cells_x, block_range_x_);
  ranges(axes_.cells_y, block_range_y_);
  blocks_x_ = (map_width + block_side - 1) / block_side;
  blocks_y_ = (map_height + block_side - 1) / block_side;
}

void PooledLists::build(RenderFrame& frame, int map_width, int map_height, MapFilter filter, bool with_background) {
  set_axes(frame.view, map_width, map_height, filter);
  const int64_t tiles = frame.tiles();
  tile_base_.resize(tiles);
  tile_capacity_.resize(tiles);
  counts_base_.resize(tiles);
  int64_t places = 0, blocks = 0;
  for (int64_t tile = 0; tile < tiles; ++tile) {
    const int own =
        blocks_of(static_cast<int>(tile % frame.view.tiles_x), static_cast<int>(tile / frame.view.tiles_x)).count();
    tile_base_[tile] = places;
    tile_capacity_[tile] = frame.lists.entries_of(tile) + 1;
    counts_base_[tile] = blocks;
    places += tile_capacity_[tile] * own;
    blocks += own;
  }
  counts_.assign(blocks, 0);
  splats_.ensure(places);
  weights_.ensure(16 * places);
  frame.for_each_tile([&](int64_t tile, TileScratch& scratch) { pool_tile(frame, tile, with_background, scratch); });
}

void PooledLists::pool_tile(RenderFrame& frame, int64_t tile, bool with_background, TileScratch& scratch) {
  const TileJob job = frame.tile_job(tile);
  const TileBlocks blocks = blocks_of(job.tile_x, job.tile_y);
  if (blocks.count() == 0) return;
  WeightTable table = scratch.weight_table(job.count);
  frame.kernels->weights_tile(job, with_background, table);
  const int64_t stride = 16 * int64_t{blocks.count()};
  float* sums = scratch.sums.ensure(table.row_count * stride);
  std::fill_n(sums, table.row_count * stride, 0.0f);
  const CellRange cells_x = axes_.cells_x[job.tile_x], cells_y = axes_.cells_y[job.tile_y];
  GroupTaps taps;
  for (int group = 0; group < group_count; ++group) {
    taps.weights.clear();
    taps.targets.clear();
    const int x0 = job.tile_x * tile_size + group % 4 * group_side,
              y0 = job.tile_y * tile_size + group / 4 * group_side;
    for (int cell_y = cells_y.first; cell_y < cells_y.end; ++cell_y) {
      if (axes_.y.end(cell_y) <= y0 || axes_.y.begin[cell_y] >= y0 + group_side) continue;
      for (int cell_x = cells_x.first; cell_x < cells_x.end; ++cell_x) {
        if (axes_.x.end(cell_x) <= x0 || axes_.x.begin[cell_x] >= x0 + group_side) continue;
        for (int lane = 0; lane < 16; ++lane) {
          taps.weights.push_back(axes_.y.weight(cell_y, y0 + lane / 4) * axes_.x.weight(cell_x, x0 + lane % 4));
        }
        const int block =
            (cell_y / block_side - blocks.y.first) * blocks.columns() + cell_x / block_side - blocks.x.first;
        taps.targets.push_back(16 * block + cell_y % block_side * block_side + cell_x % block_side);
      }
    }
    frame.kernels->pool({table.hit_count[group], table.hit_rows[group], table.hit_weights[group],
                         static_cast<int>(taps.targets.size()), taps.weights.data(), taps.targets.data(), sums,
                         stride});
  }
  emit_tile(tile, blocks, table, sums);
}

void PooledLists::emit_tile(int64_t tile, const TileBlocks& blocks, const WeightTable& table, const float* sums) {
  const int64_t stride = 16 * int64_t{blocks.count()};
  for (int block = 0; block < blocks.count(); ++block) {
    int64_t place = tile_base_[tile] + block * tile_capacity_[tile];
    const int64_t begin = place;
    for (int64_t row = 0; row < table.row_count; ++row) {
      const float* cells = sums + row * stride + 16 * block;
      float total = 0;
      for (int cell = 0; cell < 16; ++cell) total += cells[cell];
      if (!(total > 0)) continue;
      splats_[place] = table.rows[row];
      std::memcpy(&weights_[16 * place], cells, 16 * sizeof(float));
      ++place;
    }
    counts_[counts_base_[tile] + block] = static_cast<int32_t>(place - begin);
  }
}

PooledLists::BlockRange PooledLists::block_rows(int first_tile_row, int last_tile_row) const {
  BlockRange range;
  for (int row = first_tile_row; row <= last_tile_row; ++row) {
    const BlockRange& own = block_range_y_[row];
    if (own.first == own.end) continue;
    if (range.first == range.end) range.first = own.first;
    range.end = std::max(range.end, own.end);
  }
  return range;
}

int64_t PooledLists::merge(const RenderFrame& frame, int block_x, int block_y, int64_t splats,
                           TileScratch& scratch) const {
  const auto tiles_of = [](const std::vector<BlockRange>& ranges, int block, int& first, int& end) {
    first = end = 0;
    for (int tile = 0; tile < static_cast<int>(ranges.size()); ++tile) {
      if (ranges[tile].first > block || ranges[tile].end <= block) continue;
      if (first == end) first = tile;
      end = tile + 1;
    }
  };
  int first_x, end_x, first_y, end_y;
  tiles_of(block_range_x_, block_x, first_x, end_x);
  tiles_of(block_range_y_, block_y, first_y, end_y);
  int64_t most = 1;
  for (int y = first_y; y < end_y; ++y)
    for (int x = first_x; x < end_x; ++x) most += tile_capacity_[int64_t{y} * frame.view.tiles_x + x];
  uint32_t* rows = scratch.rows.ensure(most);
  float* weights = scratch.hit_weights.ensure(16 * most);
  uint32_t* slot = scratch.slot.ensure(splats + 1);
  int64_t count = 0;
  for (int y = first_y; y < end_y; ++y) {
    for (int x = first_x; x < end_x; ++x) {
      const int64_t tile = int64_t{y} * frame.view.tiles_x + x;
      const TileBlocks blocks = blocks_of(x, y);
      const int block = (block_y - blocks.y.first) * blocks.columns() + block_x - blocks.x.first;
      const int64_t place = tile_base_[tile] + block * tile_capacity_[tile];
      const int32_t listed = counts_[counts_base_[tile] + block];
      for (int32_t k = 0; k < listed; ++k) {
        const uint32_t splat = splats_[place + k];
        const float* from = &weights_[16 * (place + k)];
        uint32_t& known = slot[splat == background_row ? splats : splat];
        // The slot needs no clearing: it counts only if the row it names is this splat's.
        if (known < count && rows[known] == splat) {
          for (int lane = 0; lane < 16; ++lane) weights[16 * int64_t{known} + lane] += from[lane];
          continue;
        }
        known = static_cast<uint32_t>(count);
        rows[count] = splat;
        std::memcpy(weights + 16 * count, from, 16 * sizeof(float));
        ++count;
      }
    }
  }
  uint32_t* hits = scratch.hit_rows.ensure(count);
  for (int64_t i = 0; i < count; ++i) hits[i] = static_cast<uint32_t>(i);
  return count;
}

}  // namespace retort::splat
