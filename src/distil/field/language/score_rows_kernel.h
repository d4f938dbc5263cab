// The kernel of score_rows.h, a template over the vector type: each instruction set compiles its own.
//
// Sixteen rows at a time are turned into columns, so that lane i of every vector belongs to row i: products with a
// direction are then multiply-adds without sums across lanes, and exponentials are taken of sixteen rows at once.
#pragma once

#include <algorithm>
#include <cstdint>

#include "distil/field/splat/cpu/kernel_math.h"

namespace retort::field {

enum class RowScore { cosines, softmax, relevancy };

struct RowScoreJob {
  const float* rows = nullptr;        ///< [P,channels]
  const float* directions = nullptr;  ///< [count,channels], of length 1 or 0
  int64_t channels = 0, count = 0;
  RowScore score = RowScore::cosines;
  float temperature = 1;
  float* scores = nullptr;  ///< [P,count] of cosines, else [P]
};

inline constexpr int64_t rows_at_once = 16;

/// `products` [count,16] is scratch.
using ScoreRows = void (*)(const RowScoreJob& job, int64_t begin, int64_t end, float* products);

ScoreRows score_rows_avx2();
ScoreRows score_rows_avx512();

template <class V>
inline void add_products(const RowScoreJob& job, const V* columns, int64_t first, int64_t width, float* products) {
  for (int64_t k = 0; k < job.count; ++k) {
    const float* direction = job.directions + k * job.channels + first;
    V sum = V::load(products + k * rows_at_once);
    if (width == 16) {
      for (int c = 0; c < 16; ++c) sum = fma(columns[c], V(direction[c]), sum);
    } else {
      for (int64_t c = 0; c < width; ++c) sum = fma(columns[c], V(direction[c]), sum);
    }
    sum.store(products + k * rows_at_once);
  }
}

/// Softmax share of the first direction, or its share against the hardest of the others; sixteen rows.
template <class V>
inline V compared(const RowScoreJob& job, const V& scale, const float* products) {
  const V asked = V::load(products) * scale;
  V hardest = V::load(products + rows_at_once) * scale;
  for (int64_t k = 2; k < job.count; ++k) hardest = max(hardest, V::load(products + k * rows_at_once) * scale);
  if (job.score == RowScore::relevancy) return V(1.0f) / (V(1.0f) + splat::exp(hardest - asked));
  const V most = max(asked, hardest);
  V all = V(0.0f);
  for (int64_t k = 0; k < job.count; ++k) all = all + splat::exp(V::load(products + k * rows_at_once) * scale - most);
  return splat::exp(asked - most) / all;
}

/// Scores of `count` rows from `row` on: `products` [job.count,16] times `inverse` are their cosines.
template <class V>
inline void store_scores(const RowScoreJob& job, int64_t row, int64_t count, const V& inverse, const float* products) {
  if (job.score != RowScore::cosines) {
    compared(job, inverse * V(job.temperature), products).store_partial(job.scores + row, static_cast<int>(count));
    return;
  }
  for (int64_t k = 0; k < job.count; ++k) {
    splat::store_column(job.scores + row * job.count, job.count, static_cast<int>(k), static_cast<int>(count),
                        V::load(products + k * rows_at_once) * inverse);
  }
}

template <class V>
void score_rows(const RowScoreJob& job, int64_t begin, int64_t end, float* products) {
  for (int64_t row = begin; row < end; row += rows_at_once) {
    const int64_t count = std::min(rows_at_once, end - row);
    std::fill_n(products, job.count * rows_at_once, 0.0f);
    V squared = V(0.0f);
    for (int64_t first = 0; first < job.channels; first += 16) {
      const int64_t width = std::min<int64_t>(16, job.channels - first);
      V columns[16];
      for (int64_t i = 0; i < 16; ++i) {
        const float* from = job.rows + (row + std::min(i, count - 1)) * job.channels + first;
        columns[i] = width == 16 ? V::load(from) : V::load_partial(from, static_cast<int>(width));
      }
      transpose(columns);
      for (int64_t c = 0; c < width; ++c) squared = fma(columns[c], columns[c], squared);
      add_products(job, columns, first, width, products);
    }
    const V length = sqrt(squared);
    store_scores(job, row, count, keep(length > V(0.0f), V(1.0f) / length), products);
  }
}

}  // namespace retort::field
