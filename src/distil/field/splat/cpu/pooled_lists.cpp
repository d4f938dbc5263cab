#include "distil/field/splat/cpu/pooled_lists.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "distil/field/splat/cpu/renderer_state.h"

namespace retort::splat {

namespace {

constexpr int block_side = 4;  ///< cells
constexpr int most_patch_height = PooledLists::most_patch_blocks / 4, wanted_patch_rows = 12;

/// One group's taps: cells that its pixels reach, with the weight of each pixel.
struct GroupTaps {
  std::vector<float> weights;  ///< [taps][16]
  std::vector<int32_t> targets;
};

/// Tiles that touch each block: neighbours, since blocks of neighbouring tiles are.
std::vector<PooledLists::Range> tiles_of_blocks(const std::vector<PooledLists::Range>& blocks_of_tiles, int blocks) {
  std::vector<PooledLists::Range> tiles(blocks);
  for (int tile = 0; tile < static_cast<int>(blocks_of_tiles.size()); ++tile) {
    for (int block = blocks_of_tiles[tile].first; block < blocks_of_tiles[tile].end; ++block) {
      if (tiles[block].first == tiles[block].end) tiles[block].first = tile;
      tiles[block].end = tile + 1;
    }
  }
  return tiles;
}

}  // namespace

void PooledLists::set_axes(const ViewConstants& view, int map_width, int map_height, MapFilter filter) {
  axes_ = MapAxes(view, map_width, map_height, filter);
  const auto ranges = [](const std::vector<CellRange>& cells, std::vector<Range>& blocks) {
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
  tile_range_x_ = tiles_of_blocks(block_range_x_, blocks_x_);
  tile_range_y_ = tiles_of_blocks(block_range_y_, blocks_y_);
  // Taller patches share more, but rows of patches are what the workers share out.
  patch_height_ = std::clamp(blocks_y_ / wanted_patch_rows, 1, most_patch_height);
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
      uint32_t bits = 0;  // weights are not negative: all zero when no bit is set
      for (int cell = 0; cell < 16; ++cell) bits |= std::bit_cast<uint32_t>(cells[cell]);
      if (bits == 0) continue;
      splats_[place] = table.rows[row];
      std::memcpy(&weights_[16 * place], cells, 16 * sizeof(float));
      ++place;
    }
    counts_[counts_base_[tile] + block] = static_cast<int32_t>(place - begin);
  }
}

PooledLists::Range PooledLists::patch_rows(int first_tile_row, int last_tile_row) const {
  Range range;
  for (int row = first_tile_row; row <= last_tile_row; ++row) {
    const Range& own = block_range_y_[row];
    if (own.first == own.end) continue;
    if (range.first == range.end) range.first = own.first / patch_height_;
    range.end = std::max(range.end, (own.end - 1) / patch_height_ + 1);
  }
  return range;
}

PooledLists::Share PooledLists::share_of(int64_t tile, int tile_x, int tile_y, int block_x, int block_y) const {
  const TileBlocks blocks = blocks_of(tile_x, tile_y);
  const int block = (block_y - blocks.y.first) * blocks.columns() + block_x - blocks.x.first;
  return {tile_base_[tile] + block * tile_capacity_[tile], counts_[counts_base_[tile] + block]};
}

void PooledLists::place_cells(int block_x, int block_y, OutputGroup& group) const {
  for (int lane = 0; lane < 16; ++lane) {
    const int x = block_x * block_side + lane % block_side, y = block_y * block_side + lane / block_side;
    const bool inside = x < axes_.x.cells() && y < axes_.y.cells();
    group.place[lane] = inside ? int64_t{y} * axes_.x.cells() + x : -1;
  }
}

void PooledLists::merge(const RenderFrame& frame, int patch_x, int patch_y, TileScratch& scratch, Patch& patch) const {
  const Range x = {patch_x * patch_width, std::min(blocks_x_, (patch_x + 1) * patch_width)};
  const Range y = {patch_y * patch_height_, std::min(blocks_y_, (patch_y + 1) * patch_height_)};
  int64_t most = 0;
  for (int block_y = y.first; block_y < y.end; ++block_y) {
    for (int tile_y = tile_range_y_[block_y].first; tile_y < tile_range_y_[block_y].end; ++tile_y) {
      for (int block_x = x.first; block_x < x.end; ++block_x) {
        for (int tile_x = tile_range_x_[block_x].first; tile_x < tile_range_x_[block_x].end; ++tile_x) {
          most += share_of(int64_t{tile_y} * frame.view.tiles_x + tile_x, tile_x, tile_y, block_x, block_y).count;
        }
      }
    }
  }
  patch.rows = scratch.rows.ensure(most);
  patch.row_count = 0;
  patch.group_count = 0;
  scratch.hit_rows.ensure(most);
  scratch.hit_weights.ensure(16 * most);
  scratch.hit_of_row.ensure(most);
  scratch.row_of_splat.ensure(frame.splats.count + 1);
  int64_t hits = 0;
  for (int block_y = y.first; block_y < y.end; ++block_y) {
    for (int block_x = x.first; block_x < x.end; ++block_x) merge_block(frame, block_x, block_y, scratch, patch, hits);
  }
}

void PooledLists::merge_block(const RenderFrame& frame, int block_x, int block_y, TileScratch& scratch, Patch& patch,
                              int64_t& hits) const {
  uint32_t* rows = scratch.rows.data();
  const int64_t first_hit = hits;
  for (int tile_y = tile_range_y_[block_y].first; tile_y < tile_range_y_[block_y].end; ++tile_y) {
    for (int tile_x = tile_range_x_[block_x].first; tile_x < tile_range_x_[block_x].end; ++tile_x) {
      const Share share = share_of(int64_t{tile_y} * frame.view.tiles_x + tile_x, tile_x, tile_y, block_x, block_y);
      for (int64_t place = share.place; place < share.place + share.count; ++place) {
        const uint32_t splat = splats_[place];
        const float* from = &weights_[16 * place];
        uint32_t& row = scratch.row_of_splat[splat == background_row ? frame.splats.count : splat];
        // Neither array needs clearing: an entry counts only if what it points to points back.
        if (row >= patch.row_count || rows[row] != splat) {
          row = static_cast<uint32_t>(patch.row_count++);
          rows[row] = splat;
        }
        uint32_t& hit = scratch.hit_of_row[row];
        if (hit >= first_hit && hit < hits && scratch.hit_rows[hit] == row) {
          for (int lane = 0; lane < 16; ++lane) scratch.hit_weights[16 * int64_t{hit} + lane] += from[lane];
          continue;
        }
        hit = static_cast<uint32_t>(hits++);
        scratch.hit_rows[hit] = row;
        std::memcpy(&scratch.hit_weights[16 * int64_t{hit}], from, 16 * sizeof(float));
      }
    }
  }
  OutputGroup& group = patch.groups[patch.group_count++];
  group.hits = hits - first_hit;
  group.rows = scratch.hit_rows.data() + first_hit;
  group.weights = scratch.hit_weights.data() + 16 * first_hit;
  place_cells(block_x, block_y, group);
}

}  // namespace retort::splat
