#include "distil/field/splat/cpu/binning.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "core/errors.h"

namespace retort::splat {

namespace {

constexpr int64_t splats_per_chunk = 1024, most_chunks = 64;

/// The region of an ellipse where alpha may reach 1/255, against strips of pixel rows.
class EllipseReach {
 public:
  explicit EllipseReach(const PackedSplat& s) : x_(s.x), y_(s.y), a_(-s.a), b_(-s.b), c_(-s.c), level_(-s.threshold) {
    // a dx^2 + b dx dy + c dy^2 <= level; in double because a thin splat's discriminant cancels.
    const double discriminant = 4 * a_ * c_ - b_ * b_;
    bounded_ = discriminant > 0 && std::isfinite(discriminant);
    if (!bounded_) return;
    half_height_ = std::sqrt(4 * a_ * level_ / discriminant);
    half_width_ = std::sqrt(4 * c_ * level_ / discriminant);
    discriminant_ = discriminant;
    bounded_ = std::isfinite(half_height_) && std::isfinite(half_width_);
  }

  /// Tile rows reached, within [begin, end).
  void rows(int& begin, int& end) const {
    if (bounded_) clip(y_ - half_height_, y_ + half_height_, begin, end);
  }

  /// Tiles of row `tile_y` reached, within [begin, end).
  void columns(int tile_y, int& begin, int& end) const {
    if (!bounded_) return;
    const double top = tile_y * tile_size - y_ - slack, bottom = top + (tile_size - 1) + 2 * slack;
    // The rightmost point lies at this dy, the leftmost at its negative; a strip cuts the ellipse where it is nearest.
    const double widest = -b_ * half_width_ / (2 * c_);
    const double right = edge(std::clamp(widest, top, bottom), 1), left = edge(std::clamp(-widest, top, bottom), -1);
    clip(x_ + left, x_ + right, begin, end);
  }

 private:
  static constexpr double slack = 0.05;  ///< pixels, for rounding

  /// dx of the ellipse's right (side = 1) or left (-1) border at dy.
  double edge(double dy, int side) const {
    const double square = level_ / a_ - dy * dy * discriminant_ / (4 * a_ * a_);
    return -b_ * dy / (2 * a_) + side * std::sqrt(std::max(square, 0.0));
  }

  /// Narrows [begin, end) to the tiles that hold a pixel centre in [low, high].
  static void clip(double low, double high, int& begin, int& end) {
    const double first = std::floor(std::ceil(low - slack) / tile_size);
    const double last = std::floor(std::floor(high + slack) / tile_size);
    if (first > begin) begin = first < end ? static_cast<int>(first) : end;
    if (last < end - 1) end = last >= begin ? static_cast<int>(last) + 1 : begin;
  }

  double x_, y_, a_, b_, c_, level_, discriminant_ = 0, half_width_ = 0, half_height_ = 0;
  bool bounded_ = false;
};

}  // namespace

void TileLists::build(ThreadPool& pool, const ViewConstants& view, const PackedSplat* packed, const int32_t* radius,
                      const TileRect* rect, int64_t count) {
  sort_by_depth(packed, radius, count);
  record_begin_.assign(count + 1, 0);
  rows_.assign(count, RowRange{});
  find_spans(pool, view, packed, rect);
  uint64_t total = 0;
  for (uint32_t& begin : record_begin_) {
    const uint32_t records = begin;
    begin = static_cast<uint32_t>(total);
    total += records;
  }
  RT_CHECK(total < (uint64_t{1} << 32), "{} pairs of splat and tile are more than one view can hold", total);
  entry_count_ = static_cast<int64_t>(total);
  place_entries(pool, view.tiles_x, int64_t{view.tiles_x} * view.tiles_y);
}

void TileLists::sort_by_depth(const PackedSplat* packed, const int32_t* radius, int64_t count) {
  constexpr int digit_bits = 11, digits = 3, bins = 1 << digit_bits;
  DepthKey* from = keys_.ensure(count);
  DepthKey* to = sorted_.ensure(count);
  std::vector<uint32_t> histogram(digits * bins);
  visible_ = 0;
  for (int64_t i = 0; i < count; ++i) {
    // Without a pixel above 1/255 there is nothing to list, although the splat counts as visible.
    if (radius[i] == 0 || !(packed[i].threshold <= 0)) continue;
    uint32_t bits;
    std::memcpy(&bits, &packed[i].depth, sizeof bits);  // positive floats order as their bits
    from[visible_++] = {bits, static_cast<uint32_t>(i)};
    for (int digit = 0; digit < digits; ++digit)
      ++histogram[digit * bins + (bits >> (digit * digit_bits) & (bins - 1))];
  }
  for (int digit = 0; digit < digits; ++digit) {
    uint32_t next = 0;
    uint32_t* counts = histogram.data() + digit * bins;
    for (int bin = 0; bin < bins; ++bin) {
      const uint32_t size = counts[bin];
      counts[bin] = next;
      next += size;
    }
    for (int64_t i = 0; i < visible_; ++i) to[counts[from[i].bits >> (digit * digit_bits) & (bins - 1)]++] = from[i];
    std::swap(from, to);
  }
  // An odd number of passes ends in the second buffer.
  static_assert(digits % 2 == 1);
}

void TileLists::find_spans(ThreadPool& pool, const ViewConstants& view, const PackedSplat* packed,
                           const TileRect* rect) {
  const int64_t chunks = std::clamp<int64_t>(visible_ / splats_per_chunk, 1, most_chunks);
  const int64_t tiles = int64_t{view.tiles_x} * view.tiles_y;
  chunks_.resize(chunks);
  pool.run(chunks, [&](int64_t index) {
    Chunk& chunk = chunks_[index];
    chunk.spans.clear();
    chunk.next.assign(tiles, 0);
    const int64_t end = visible_ * (index + 1) / chunks;
    for (int64_t k = visible_ * index / chunks; k < end; ++k) {
      const uint32_t splat = sorted_[k].splat;
      const EllipseReach reach(packed[splat]);
      int row = rect[splat].min_y, last_row = rect[splat].max_y;
      reach.rows(row, last_row);
      for (; row < last_row; ++row) {
        int begin = rect[splat].min_x, end_x = rect[splat].max_x;
        reach.columns(row, begin, end_x);
        if (begin >= end_x) continue;
        chunk.spans.push_back({splat, row, begin, end_x});
        record_begin_[splat] += static_cast<uint32_t>(end_x - begin);
        RowRange& range = rows_[splat];
        if (range.first > range.last) range.first = row;
        range.last = row;
        for (int x = begin; x < end_x; ++x) ++chunk.next[int64_t{row} * view.tiles_x + x];
      }
    }
  });
}

void TileLists::place_entries(ThreadPool& pool, int tiles_x, int64_t tiles) {
  tile_begin_.resize(tiles + 1);
  int64_t next = 0;
  for (int64_t tile = 0; tile < tiles; ++tile) {
    tile_begin_[tile] = next;
    for (Chunk& chunk : chunks_) {
      const int64_t size = chunk.next[tile];
      chunk.next[tile] = next;
      next += size;
    }
  }
  tile_begin_[tiles] = next;
  TileEntry* entries = entries_.ensure(next);
  pool.run(static_cast<int64_t>(chunks_.size()), [&](int64_t index) {
    Chunk& chunk = chunks_[index];
    uint32_t splat = 0, record = 0;
    bool first = true;
    for (const TileSpan& span : chunk.spans) {
      if (first || span.splat != splat) record = record_begin_[span.splat];
      first = false;
      splat = span.splat;
      for (int x = span.begin_x; x < span.end_x; ++x) {
        entries[chunk.next[int64_t{span.tile_y} * tiles_x + x]++] = {splat, record++};
      }
    }
  });
}

}  // namespace retort::splat
