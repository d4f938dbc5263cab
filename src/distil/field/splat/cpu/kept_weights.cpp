#include "distil/field/splat/cpu/kept_weights.h"

#include <algorithm>

namespace retort::splat {

namespace {

constexpr int64_t chunk_floats = int64_t{1} << 20;  ///< 4 MB; a tile that needs more gets a chunk of its own size

/// Whole cache lines, in floats or 32-bit indices.
int64_t whole_lines(int64_t count) { return (count + 15) / 16 * 16; }

}  // namespace

float* KeptWeights::Arena::take(int64_t floats) {
  if (current == chunks.size() || used + floats > chunks[current].capacity()) {
    if (current < chunks.size()) ++current;
    if (current == chunks.size()) chunks.emplace_back();
    chunks[current].ensure(std::max(floats, chunk_floats));
    used = 0;
  }
  float* place = chunks[current].data() + used;
  used += floats;
  return place;
}

void KeptWeights::begin(int64_t tiles, int workers, int64_t limit) {
  tables_.assign(tiles, WeightTable{});
  arenas_.resize(workers);
  for (Arena& arena : arenas_) arena.current = arena.used = 0;
  bytes_ = 0;
  limit_ = limit;
}

void KeptWeights::keep(int64_t tile, int worker, const WeightTable& table) {
  int64_t floats = whole_lines(table.row_count);
  for (const int64_t hits : table.hit_count) floats += 16 * hits + whole_lines(hits);
  const int64_t bytes = floats * static_cast<int64_t>(sizeof(float));
  if (bytes_.fetch_add(bytes, std::memory_order_relaxed) + bytes > limit_) return;
  static_assert(sizeof(float) == sizeof(uint32_t));
  float* place = arenas_[worker].take(floats);
  WeightTable kept = table;
  kept.rows = reinterpret_cast<uint32_t*>(place);
  std::copy_n(table.rows, table.row_count, kept.rows);
  place += whole_lines(table.row_count);
  for (int group = 0; group < group_count; ++group) {
    const int64_t hits = table.hit_count[group];
    kept.hit_weights[group] = place;
    std::copy_n(table.hit_weights[group], 16 * hits, place);
    place += 16 * hits;
    kept.hit_rows[group] = reinterpret_cast<uint32_t*>(place);
    std::copy_n(table.hit_rows[group], hits, kept.hit_rows[group]);
    place += whole_lines(hits);
  }
  tables_[tile] = kept;
}

bool KeptWeights::find(int64_t tile, bool with_background, WeightTable& table) const {
  if (tables_.empty() || tables_[tile].rows == nullptr) return false;
  table = tables_[tile];
  if (with_background) return true;
  --table.row_count;
  for (int64_t& hits : table.hit_count) --hits;
  return true;
}

}  // namespace retort::splat
