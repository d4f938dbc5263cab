// Rows of vectors in coded form: a small codebook, and per row which of its entries make the row up.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>

namespace retort::metrics {

/// P rows of C channels; row p is sum_s coefficients[p,s] * codebook[indices[p,s]]. S = 1 without coefficients is plain
/// vector quantisation; several entries a row with coefficients is a sparse code (as LangSplatV2's fields, from which
/// the idea is).
struct VectorCodes {
  at::Tensor codebook;      ///< [K,C] float32
  at::Tensor indices;       ///< [P,S] int32, each in [0, K)
  at::Tensor coefficients;  ///< [P,S] float32 of values that float16 holds; undefined: all are 1

  int64_t size() const { return indices.size(0); }
  int64_t entries() const { return codebook.size(0); }
  int64_t channels() const { return codebook.size(1); }
  int64_t terms() const { return indices.size(1); }  ///< S
  bool has_coefficients() const { return coefficients.defined(); }

  /// Fault unless dtypes, layouts and shapes are as above and every index names an entry.
  void check() const;
  /// "codebook of 256" or "4 of 64 sparse".
  std::string description() const;
};

/// Bytes that codes take in a file: the codebook as float32; an index as u8 (K <= 256), i16 (K <= 32768) or i32; a
/// coefficient as float16.
int64_t coded_bytes(const VectorCodes& codes);

/// The rows themselves, [P,C] float32.
at::Tensor decode(const VectorCodes& codes);

/// The codes of some rows: `rows` [M] int64.
VectorCodes select_rows(const VectorCodes& codes, const at::Tensor& rows);

/// Rows times directions [Q,C] -> [P,Q] float32: the codebook is multiplied, then gathered; P x C values are never
/// made.
at::Tensor coded_products(const VectorCodes& codes, const at::Tensor& directions);

/// Length of each row, [P] float32. Sparse codes take the codebook's Gram matrix [K,K].
at::Tensor coded_lengths(const VectorCodes& codes);

/// How far coded rows are from what they stand for.
struct CodingError {
  double relative_l2 = 0;   ///< |rows - coded| / |rows|, over all rows together
  double mean_cosine = 0;   ///< over rows that are not zero
  double worst_cosine = 0;  ///< 1st percentile of the cosines: one row in a hundred is worse
};

/// rows and coded [P,C], P >= 1. Rows of length 0 count in the L2 error only; all zero: cosines are 1.
CodingError coding_error(const at::Tensor& rows, const at::Tensor& coded);

}  // namespace retort::metrics
