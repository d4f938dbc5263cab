// The kernel of score_codes.h, a template over the vector type: each instruction set compiles its own.
//
// A row's products with sixteen directions are one vector: entries of a table, weighed and summed. Sixteen rows of them
// are turned into columns, and from there on they are what the kernel of plain rows has.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "distil/field/language/score_rows_kernel.h"

namespace retort::field {

/// Widths are multiples of 16; what lies beyond directions and channels is 0.
struct CodeScoreJob {
  const int32_t* indices = nullptr;     ///< [P,terms], each in [0, entries)
  const float* coefficients = nullptr;  ///< [P,terms]
  int64_t terms = 0, entries = 0;
  const float* table = nullptr;  ///< [entries,table_width]: products of entries and directions
  int64_t table_width = 0;
  const float* codebook = nullptr;  ///< [entries,codebook_width]; read where there is no Gram matrix
  int64_t codebook_width = 0;
  const double* gram = nullptr;  ///< [entries,entries], or null
  RowScoreJob asked = {};        ///< without rows and directions
};

/// `products` [table_width,16] is scratch.
using ScoreCodes = void (*)(const CodeScoreJob& job, int64_t begin, int64_t end, float* products);

ScoreCodes score_codes_avx2();
ScoreCodes score_codes_avx512();

/// Sixteen values of a row from column `first` of values [entries,width]: its terms, summed.
template <class V>
inline V summed_terms(const CodeScoreJob& job, int64_t row, const float* values, int64_t width, int64_t first) {
  const int32_t* index = job.indices + row * job.terms;
  const float* coefficient = job.coefficients + row * job.terms;
  V sum = V(0.0f);
  for (int64_t s = 0; s < job.terms; ++s) {
    sum = fma(V::load(values + index[s] * width + first), V(coefficient[s]), sum);
  }
  return sum;
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

/// Lengths of `count` <= 16 rows from `row` on; the lanes behind them hold the last one's.
template <class V>
inline V lengths_of(const CodeScoreJob& job, int64_t row, int64_t count) {
  if (job.gram != nullptr) {
    alignas(64) float lengths[rows_at_once];
    for (int64_t i = 0; i < rows_at_once; ++i) {
      lengths[i] = i < count ? length_by_gram<V>(job, row + i) : lengths[count - 1];
    }
    return V::load(lengths);
  }
  V squares[rows_at_once];
  for (int64_t i = 0; i < rows_at_once; ++i) {
    squares[i] = V(0.0f);
    for (int64_t first = 0; first < job.codebook_width; first += 16) {
      const V part = summed_terms<V>(job, row + std::min(i, count - 1), job.codebook, job.codebook_width, first);
      squares[i] = fma(part, part, squares[i]);
    }
  }
  transpose(squares);
  V squared = V(0.0f);
  for (const V& lane : squares) squared = squared + lane;
  return sqrt(squared);
}

template <class V>
void score_codes(const CodeScoreJob& job, int64_t begin, int64_t end, float* products) {
  const V one = V(1.0f), least = V(0.0f) - one;
  for (int64_t row = begin; row < end; row += rows_at_once) {
    const int64_t count = std::min(rows_at_once, end - row);
    const V length = lengths_of<V>(job, row, count);
    const V inverse = keep(length > V(0.0f), one / max(length, V(1e-30f)));
    for (int64_t first = 0; first < job.asked.count; first += 16) {
      V columns[rows_at_once];
      for (int64_t i = 0; i < rows_at_once; ++i) {
        columns[i] = summed_terms<V>(job, row + std::min(i, count - 1), job.table, job.table_width, first);
      }
      transpose(columns);
      // Of entries that cancel, products and length are what rounding left of them; no cosine is beyond 1.
      for (int64_t k = 0; k < 16; ++k) {
        max(min(columns[k] * inverse, one), least).store(products + (first + k) * rows_at_once);
      }
    }
    store_scores(job.asked, row, count, one, products);
  }
}

}  // namespace retort::field
