// The kernel of score_codes.h, a template over the vector type: each instruction set compiles its own.
//
// A row's products with sixteen directions are one vector: entries of a table, weighed and summed. Sixteen rows of them
// are turned into columns, and from there on they are what the kernel of plain rows has. Entries lie beside their
// products, so that a row's terms are gone through once for both.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "distil/field/language/score_rows_kernel.h"

namespace retort::field {

/// Widths are multiples of 16; what lies beyond directions and channels is 0. Without a Gram matrix the entries
/// themselves follow their products.
struct CodeScoreJob {
  const int32_t* indices = nullptr;     ///< [P,terms], each in [0, entries)
  const float* coefficients = nullptr;  ///< [P,terms]
  int64_t terms = 0, entries = 0;
  const float* values = nullptr;       ///< [entries,width]
  int64_t width = 0, table_width = 0;  ///< table_width: of products of entries and directions
  const double* gram = nullptr;        ///< [entries,entries], or null
  RowScoreJob asked = {};              ///< without rows and directions
};

/// `products` [table_width] is scratch.
using ScoreCodes = void (*)(const CodeScoreJob& job, int64_t begin, int64_t end, RowLanes* products);

ScoreCodes score_codes_avx2();
ScoreCodes score_codes_avx512();

/// Sums a row's terms in `n` vectors from column `first` on. Vectors of products are stored, the row's sixteen as
/// products[column + i]; of the others the squares are added.
template <class V, int n>
[[gnu::always_inline]] inline void sum_terms(const CodeScoreJob& job, int64_t row, int64_t first, int64_t i,
                                             RowLanes* products, V& squares) {
  const int32_t* index = job.indices + row * job.terms;
  const float* coefficient = job.coefficients + row * job.terms;
  V sums[n];
  for (V& sum : sums) sum = V(0.0f);
  for (int64_t s = 0; s < job.terms; ++s) {
    const float* entry = job.values + index[s] * job.width + first;
    const V weight = V(coefficient[s]);
#pragma GCC unroll 4
    for (int v = 0; v < n; ++v) sums[v] = fma(V::load(entry + 16 * v), weight, sums[v]);
  }
#pragma GCC unroll 4
  for (int v = 0; v < n; ++v) {
    const int64_t column = first + 16 * v;
    if (column < job.table_width) {
      sums[v].store(products[column + i].lanes);
    } else {
      squares = fma(sums[v], sums[v], squares);
    }
  }
}

/// The sums of one row's terms, as many vectors at a time as registers hold. -> squares of what is no product
template <class V>
inline V sum_row(const CodeScoreJob& job, int64_t row, int64_t i, RowLanes* products) {
  V squares = V(0.0f);
  int64_t first = 0;
  for (; first + 64 <= job.width; first += 64) sum_terms<V, 4>(job, row, first, i, products, squares);
  switch ((job.width - first) / 16) {
    case 3:
      sum_terms<V, 3>(job, row, first, i, products, squares);
      break;
    case 2:
      sum_terms<V, 2>(job, row, first, i, products, squares);
      break;
    case 1:
      sum_terms<V, 1>(job, row, first, i, products, squares);
      break;
  }
  return squares;
}

/// In float64: the squared length of a sum of entries that cancel is a small difference of large products.
template <class V>
inline float length_by_gram(const CodeScoreJob& job, int64_t row) {
  const int32_t* index = job.indices + row * job.terms;
  const float* coefficient = job.coefficients + row * job.terms;
  double squared = 0;
  for (int64_t s = 0; s < job.terms; ++s) {
    const double* products = job.gram + index[s] * job.entries;
    double mixed = 0;
    for (int64_t t = 0; t < s; ++t) mixed += double{coefficient[t]} * products[index[t]];
    squared += coefficient[s] * (2 * mixed + double{coefficient[s]} * products[index[s]]);
  }
  return static_cast<float>(std::sqrt(std::max(squared, 0.0)));
}

template <class V>
void score_codes(const CodeScoreJob& job, int64_t begin, int64_t end, RowLanes* products) {
  const V one = V(1.0f);
  // Of entries that cancel, products and length are what rounding left of them; no cosine is beyond 1.
  const V most = V(job.asked.score == RowScore::cosines ? 1.0f : 2.0f), least = V(0.0f) - most;
  for (int64_t row = begin; row < end; row += rows_at_once) {
    const int64_t count = std::min(rows_at_once, end - row);
    V squares[rows_at_once];
    RowLanes lengths;
    for (int64_t i = 0; i < rows_at_once; ++i) {
      const int64_t from = row + std::min(i, count - 1);
      squares[i] = sum_row<V>(job, from, i, products);
      if (job.gram != nullptr) lengths.lanes[i] = length_by_gram<V>(job, from);
    }
    const V length = job.gram != nullptr ? V::load(lengths.lanes) : sqrt(sums(squares));
    const V inverse = keep(length > V(0.0f), one / max(length, V(1e-30f)));
    for (int64_t first = 0; first < job.asked.count; first += 16) {
      V columns[rows_at_once];
      for (int64_t i = 0; i < rows_at_once; ++i) columns[i] = V::load(products[first + i].lanes);
      transpose(columns);
      for (int64_t k = 0; k < 16; ++k) {
        max(min(columns[k] * inverse, most), least).store(products[first + k].lanes);
      }
    }
    store_scores(job.asked, row, count, one, products);
  }
}

}  // namespace retort::field
