#include "distil/field/splat/cpu/feature_phases.h"

#include <algorithm>

#include "core/errors.h"

namespace retort::splat {

namespace {

constexpr int most_channels = 2048;

/// Places of a tile's pixels in a map of the image's size.
void place_tile_groups(const TileJob& tile, const WeightTable& table, OutputGroup* groups) {
  for (int group = 0; group < group_count; ++group) {
    groups[group].hits = table.hit_count[group];
    groups[group].rows = table.hit_rows[group];
    groups[group].weights = table.hit_weights[group];
    for (int lane = 0; lane < 16; ++lane) {
      const int x = tile.tile_x * tile_size + group % 4 * group_side + lane % 4;
      const int y = tile.tile_y * tile_size + group / 4 * group_side + lane / 4;
      const bool inside = x < tile.view->width && y < tile.view->height;
      groups[group].place[lane] = inside ? int64_t{y} * tile.view->width + x : -1;
    }
  }
}

}  // namespace

FeaturePhases::FeaturePhases(RenderFrame& frame, const ChannelGroup<float>& group)
    : frame_(frame),
      group_(group),
      width_(group.map_width > 0 ? group.map_width : frame.view.width),
      height_(group.map_height > 0 ? group.map_height : frame.view.height),
      resized_(width_ != frame.view.width || height_ != frame.view.height) {
  RT_CHECK(group.channels >= 1 && group.channels <= most_channels, "{} channels; 1 to {} would be right",
           group.channels, most_channels);
}

ProductJob FeaturePhases::product_job(ProductMode mode) const {
  ProductJob job = {};
  job.mode = mode;
  job.values = group_.values;
  job.background = group_.background;
  job.channels = group_.channels;
  return job;
}

void FeaturePhases::render(float* map) {
  ProductJob job = product_job(ProductMode::render);
  job.map = map;
  run(job, nullptr);
}

void FeaturePhases::backward(const float* map_gradient, float* value_gradients) {
  ProductJob job = product_job(ProductMode::backward);
  job.map_gradient = map_gradient;
  run(job, value_gradients);
}

double FeaturePhases::distil(const FeatureTarget& target, double weight, float* value_gradients) {
  const double elements = static_cast<double>(width_) * height_ * group_.channels;
  ProductJob job = product_job(ProductMode::distil);
  job.target = target.values;
  job.target_half = target.half;
  job.gradient_scale = static_cast<float>(weight / elements);
  return run(job, value_gradients) / elements;
}

void FeaturePhases::cut_strips() {
  const int tile_rows = frame_.view.tiles_y;
  std::vector<int64_t> work(resized_ ? frame_.pooled.patches_y() : tile_rows, 0);
  for (int row = 0; row < tile_rows; ++row) {
    const int64_t first = int64_t{row} * frame_.view.tiles_x;
    const int64_t entries = frame_.lists.tile_begin(first + frame_.view.tiles_x) - frame_.lists.tile_begin(first);
    if (!resized_) work[row] = entries;
    const auto patches = resized_ ? frame_.pooled.patch_rows(row, row) : PooledLists::Range{};
    for (int patch = patches.first; patch < patches.end; ++patch) work[patch] += entries;
  }
  frame_.strip_gradients.cut(work);
}

double FeaturePhases::run_row(const ProductJob& job, int row, int strip, TileScratch& scratch) {
  const int columns = resized_ ? frame_.pooled.patches_x() : frame_.view.tiles_x;
  double loss = 0;
  for (int column = 0; column < columns; ++column) {
    loss += resized_ ? run_patch(job, column, row, strip, scratch)
                     : run_tile(job, int64_t{row} * columns + column, strip, scratch);
  }
  return loss;
}

double FeaturePhases::run(const ProductJob& job, float* value_gradients) {
  if (resized_) frame_.pooled.build(frame_, width_, height_, group_.filter, group_.background != nullptr);
  if (job.mode == ProductMode::render) {
    frame_.for_each_task(resized_ ? frame_.pooled.patches_y() : frame_.view.tiles_y,
                         [&](int64_t row, TileScratch& scratch) { run_row(job, static_cast<int>(row), 0, scratch); });
    return 0;
  }
  RT_CHECK(value_gradients != nullptr, "there is nowhere to put the gradients of the values");
  cut_strips();
  StripGradients& strips = frame_.strip_gradients;
  strips.begin(value_gradients, frame_.splats.count, group_.channels, [&](int64_t splat) -> StripGradients::Rows {
    const RowRange& rows = frame_.lists.rows_of(splat);
    if (!resized_ || rows.first > rows.last) return {rows.first, rows.last};
    const auto patches = frame_.pooled.patch_rows(rows.first, rows.last);
    return {patches.first, patches.end - 1};
  });
  std::vector<double> losses(strips.strips(), 0.0);
  frame_.for_each_task(strips.strips(), [&](int64_t task, TileScratch& scratch) {
    const int strip = static_cast<int>(task);
    for (int row = strips.first_row(strip); row < strips.first_row(strip + 1); ++row) {
      losses[strip] += run_row(job, row, strip, scratch);
    }
  });
  strips.finish(*frame_.pool);
  double total = 0;
  for (const double loss : losses) total += loss;
  return total;
}

double FeaturePhases::run_tile(ProductJob job, int64_t tile, int strip, TileScratch& scratch) {
  const TileJob tile_job = frame_.tile_job(tile);
  WeightTable table = scratch.weight_table(tile_job.count);
  frame_.kernels->weights_tile(tile_job, group_.background != nullptr, table);
  OutputGroup groups[group_count];
  place_tile_groups(tile_job, table, groups);
  job.rows = table.rows;
  job.row_count = table.row_count;
  job.groups = groups;
  job.groups_count = group_count;
  find_gradient_rows(job, strip, scratch);
  return frame_.kernels->product(job);
}

double FeaturePhases::run_patch(ProductJob job, int patch_x, int patch_y, int strip, TileScratch& scratch) {
  PooledLists::Patch patch;
  frame_.pooled.merge(frame_, patch_x, patch_y, scratch, patch);
  job.rows = patch.rows;
  job.row_count = patch.row_count;
  job.groups = patch.groups;
  job.groups_count = patch.group_count;
  find_gradient_rows(job, strip, scratch);
  return frame_.kernels->product(job);
}

void FeaturePhases::find_gradient_rows(ProductJob& job, int strip, TileScratch& scratch) {
  scratch.prepare_product(job);
  if (job.mode == ProductMode::render) return;
  float** rows = scratch.gradient_rows.ensure(job.row_count);
  uint8_t* fresh = scratch.fresh.ensure(job.row_count);
  for (int64_t i = 0; i < job.row_count; ++i) {
    fresh[i] = 0;
    rows[i] = job.rows[i] == background_row ? nullptr : frame_.strip_gradients.row(strip, job.rows[i], fresh[i]);
  }
  job.gradient_rows = rows;
  job.fresh = fresh;
}

GeometryShare::GeometryShare(const RenderFrame& frame, std::span<const GeometryGroup<float>> groups)
    : groups_(groups),
      with_background_(
          std::any_of(groups.begin(), groups.end(), [](const auto& g) { return g.group.background != nullptr; })) {
  // A map of the image's size has one tap of weight 1 per pixel, so one path serves all sizes.
  for (const auto& [group, gradient] : groups) {
    axes_.emplace_back(frame.view, group.map_width > 0 ? group.map_width : frame.view.width,
                       group.map_height > 0 ? group.map_height : frame.view.height, group.filter);
  }
}

GeometryShare::Tile GeometryShare::of_tile(const RenderFrame& frame, int64_t tile, TileScratch& scratch) const {
  const TileJob job = frame.tile_job(tile);
  WeightTable table = scratch.weight_table(job.count);
  frame.kernels->weights_tile(job, with_background_, table);
  int64_t hits = 0;
  for (const int64_t count : table.hit_count) hits += count;
  float* extra = scratch.extra.ensure(16 * hits);
  std::fill_n(extra, 16 * hits, 0.0f);
  Tile result;
  for (int group = 0; group < group_count; ++group) {
    result.extra[group] = extra;
    extra += 16 * table.hit_count[group];
  }
  for (size_t i = 0; i < groups_.size(); ++i) {
    const ChannelGroup<float>& group = groups_[i].group;
    const int padded = (group.channels + 15) / 16 * 16;
    float* gradient = scratch.map_gradient.ensure(int64_t{tile_pixels} * padded);
    axes_[i].spread_gradient(job.tile_x, job.tile_y, groups_[i].map_gradient, group.channels, padded, gradient);
    frame.kernels->weight_gradient({&table, &group, gradient, result.extra.data(),
                                    scratch.values.ensure(panel_stride(group.channels) * table.row_count)});
  }
  frame.kernels->weighted_totals(table, result.extra.data(), result.totals.data());
  return result;
}

WeightLists collect_weight_lists(RenderFrame& frame) {
  const int64_t pixels = int64_t{frame.view.width} * frame.view.height;
  WeightLists lists;
  lists.offsets.assign(pixels + 1, 0);
  // Two passes over the tiles: count, then place. Each pixel belongs to one tile, so tiles do not meet.
  std::vector<int64_t> next(pixels, 0);
  for (const bool placing : {false, true}) {
    frame.for_each_tile([&](int64_t tile, TileScratch& scratch) {
      const TileJob job = frame.tile_job(tile);
      WeightTable table = scratch.weight_table(job.count);
      frame.kernels->weights_tile(job, false, table);
      OutputGroup groups[group_count];
      place_tile_groups(job, table, groups);
      for (const OutputGroup& group : groups) {
        for (int64_t entry = 0; entry < 16 * group.hits; ++entry) {
          const float weight = group.weights[entry];
          if (weight == 0) continue;
          int64_t& at = next[group.place[entry % 16]];
          if (placing) {
            lists.splats[at] = static_cast<int32_t>(table.rows[group.rows[entry / 16]]);
            lists.weights[at] = weight;
          }
          ++at;
        }
      }
    });
    if (placing) break;
    for (int64_t pixel = 0; pixel < pixels; ++pixel) lists.offsets[pixel + 1] = lists.offsets[pixel] + next[pixel];
    std::copy_n(lists.offsets.begin(), pixels, next.begin());
    lists.splats.resize(lists.offsets.back());
    lists.weights.resize(lists.offsets.back());
  }
  return lists;
}

}  // namespace retort::splat
