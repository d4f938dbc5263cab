// The kernel of score_rows.h, a template over the vector type: each instruction set compiles its own.
//
// Tiles of sixteen rows by sixteen channels are turned into columns, so that lane i of every vector belongs to row i:
// products with a direction are then multiply-adds without sums across lanes, and exponentials are taken of sixteen
// rows at once. Of 32 channels and nine words the multiply-adds alone take most of the time that reading the rows
// takes, and the rest is kept out of their way: a tile's columns stay in registers, where there are enough of them,
// while they meet one block of directions after another; memory is asked for the rows ahead in between; and scores that
// compare take differences of directions, which are one less than the directions.
#pragma once

#include <algorithm>
#include <cstdint>

#include "distil/field/splat/cpu/kernel_math.h"

namespace retort::field {

enum class RowScore { cosines, softmax, relevancy };

inline constexpr int64_t rows_at_once = 16, tile_channels = 16;
/// Independent sums enough to keep the multipliers busy; AVX2 has no registers for more.
inline constexpr int64_t directions_at_once = 4;

struct RowScoreJob {
  const float* rows = nullptr;        ///< [P,channels]
  const float* directions = nullptr;  ///< [blocks,channels,directions_at_once]; the last block filled up
  int64_t channels = 0, count = 0;    ///< `count` directions, at least one
  RowScore score = RowScore::cosines;
  float temperature = 1;
  float* scores = nullptr;  ///< [P,count] of cosines, else [P]
};

/// One number of each of sixteen rows: a cache line, which no vector straddles.
struct alignas(64) RowLanes {
  float lanes[rows_at_once];
};

/// `products` [count] is scratch.
using ScoreRows = void (*)(const RowScoreJob& job, int64_t begin, int64_t end, RowLanes* products);

ScoreRows score_rows_avx2();
ScoreRows score_rows_avx512();

/// Rows [row, row + rows) and channels [first, first + width), at most sixteen of each.
struct RowTile {
  int64_t row, rows, first, width;
  const float* ahead;  ///< sixteen cache lines that are wanted soon; of whole tiles
};

/// Adds products of a tile's columns with `n` directions from `k` on, a block or its beginning.
///
/// Whole blocks ask for the lines ahead, each for all of them: beside so many multiply-adds it costs nothing. Beside
/// fewer it would be in the way of the tile's own loads, and the machine guesses what comes next well enough.
/// (The builtin, not V::prefetch: GCC 12 drops calls of a function that only prefetches, here.)
template <class V, bool whole, int n>
[[gnu::always_inline]] inline void add_products(const RowScoreJob& job, const RowTile& tile, const V* columns,
                                                int64_t k, RowLanes* products) {
  const float* directions = job.directions + k * job.channels + tile.first * directions_at_once;
  const int64_t width = whole ? tile_channels : tile.width;
  const bool begins = tile.first == 0;
  V sums[n];
#pragma GCC unroll 16
  for (V& sum : sums) sum = V(0.0f);
#pragma GCC unroll 16
  for (int64_t c = 0; c < width; ++c) {
#pragma GCC unroll 16
    for (int i = 0; i < n; ++i) sums[i] = fma(columns[c], V(directions[c * directions_at_once + i]), sums[i]);
    if constexpr (whole && n == directions_at_once) __builtin_prefetch(tile.ahead + c * 16);
  }
#pragma GCC unroll 16
  for (int i = 0; i < n; ++i) {
    float* product = products[k + i].lanes;
    (begins ? sums[i] : V::load(product) + sums[i]).store(product);
  }
}

/// Adds a tile's part in the rows' squared lengths and products.
template <class V, bool whole>
[[gnu::always_inline]] inline void add_tile(const RowScoreJob& job, const RowTile& tile, V& squared,
                                            RowLanes* products) {
  const int64_t width = whole ? tile_channels : tile.width;
  const float* rows = job.rows + tile.row * job.channels + tile.first;
  V columns[rows_at_once];
  for (int64_t i = 0; i < rows_at_once; ++i) {
    if constexpr (whole) {
      columns[i] = V::load(rows + i * job.channels);
    } else {
      columns[i] = V::load_partial(rows + std::min(i, tile.rows - 1) * job.channels, static_cast<int>(width));
    }
  }
  transpose(columns);
#pragma GCC unroll 16
  for (int64_t c = 0; c < width; ++c) squared = fma(columns[c], columns[c], squared);
  int64_t k = 0;
  for (; k + directions_at_once <= job.count; k += directions_at_once) {
    add_products<V, whole, directions_at_once>(job, tile, columns, k, products);
  }
  switch (job.count - k) {
    case 3:
      return add_products<V, whole, 3>(job, tile, columns, k, products);
    case 2:
      return add_products<V, whole, 2>(job, tile, columns, k, products);
    case 1:
      return add_products<V, whole, 1>(job, tile, columns, k, products);
  }
}

/// The share of what is asked for, of `differences` [job.count]: how far the others' cosines are above its own, to be
/// multiplied by `scale`, which makes powers of two of them. Sixteen rows.
template <class V>
inline V compared(const RowScoreJob& job, const V& scale, const RowLanes* differences) {
  V others = V(0.0f);
  if (job.score == RowScore::relevancy) {
    V hardest = V::load(differences[0].lanes);
    for (int64_t k = 1; k < job.count; ++k) hardest = max(hardest, V::load(differences[k].lanes));
    others = splat::exp2(hardest * scale);
  } else {
    for (int64_t k = 0; k < job.count; ++k) others = others + splat::exp2(V::load(differences[k].lanes) * scale);
  }
  return V(1.0f) / (V(1.0f) + others);
}

/// Scores of `count` rows from `row` on: `products` [job.count] times `inverse` are their cosines, or differences.
template <class V>
inline void store_scores(const RowScoreJob& job, int64_t row, int64_t count, const V& inverse,
                         const RowLanes* products) {
  if (job.score != RowScore::cosines) {
    const V scale = inverse * V(job.temperature * splat::log2_of_e);
    compared(job, scale, products).store_partial(job.scores + row, static_cast<int>(count));
    return;
  }
  for (int64_t k = 0; k < job.count; ++k) {
    splat::store_column(job.scores + row * job.count, job.count, static_cast<int>(k), static_cast<int>(count),
                        V::load(products[k].lanes) * inverse);
  }
}

template <class V>
void score_rows(const RowScoreJob& job, int64_t begin, int64_t end, RowLanes* products) {
  constexpr int64_t tile_floats = rows_at_once * tile_channels;
  for (int64_t row = begin; row < end; row += rows_at_once) {
    const int64_t rows = std::min(rows_at_once, end - row);
    V squared = V(0.0f);
    for (int64_t first = 0; first < job.channels; first += tile_channels) {
      RowTile tile{row, rows, first, std::min(tile_channels, job.channels - first), nullptr};
      if (rows == rows_at_once && tile.width == tile_channels) {
        // All tiles of these rows together ask for as much as they are, three tiles beyond the rows that come next.
        const int64_t ahead = (row + rows_at_once) * job.channels + first * rows_at_once + 3 * tile_floats;
        tile.ahead = job.rows + std::min(ahead, end * job.channels - tile_floats);
        add_tile<V, true>(job, tile, squared, products);
      } else {
        add_tile<V, false>(job, tile, squared, products);
      }
    }
    const V length = sqrt(squared);
    store_scores(job, row, rows, keep(length > V(0.0f), V(1.0f) / length), products);
  }
}

}  // namespace retort::field
