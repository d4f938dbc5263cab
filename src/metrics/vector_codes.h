// Rows of vectors in coded form: a small codebook, and per row which of its entries make the row up.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

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

/// Sizes that files are held to. Sparse codebooks are small, for lengths of sparse rows take the Gram matrix [K,K].
constexpr int64_t max_codebook_entries = int64_t{1} << 20, max_sparse_entries = 4096, max_coded_channels = 1 << 16;
/// Values that a file's codes may decode to: 16 GiB of float32.
constexpr int64_t max_decoded_values = int64_t{1} << 32;

/// Whether float16 holds every value of a float tensor exactly.
bool fits_half(const at::Tensor& values);

/// A file's codebook [K,C], of any floating dtype, as float32. UserError that begins with `source` and names `key`
/// unless it is finite and within the sizes above (`is_sparse`: those of sparse codes).
at::Tensor checked_codebook(const std::string& source, const std::string& key, const at::Tensor& codebook,
                            bool is_sparse);

/// Codes of `rows` rows from a file's tensors: a checked codebook, indices [rows,S] of any whole-number dtype and
/// coefficients [rows,S] of a floating one (undefined: none). UserError that begins with `source` when they do not fit
/// each other, an index names no entry, a coefficient is not finite, or the rows would decode to more than
/// max_decoded_values; nothing is decoded for it.
VectorCodes checked_codes(const std::string& source, const at::Tensor& codebook, const at::Tensor& indices,
                          const at::Tensor& coefficients, int64_t rows);

/// Bytes of one index as it is stored: 1 (u8, K <= 256), 2 (i16, K <= 32768) or 4 (i32).
int64_t index_bytes(int64_t entries);
/// Indices in the dtype of that size.
at::Tensor packed_indices(const at::Tensor& indices, int64_t entries);
/// Values as they are stored: float16 where that loses nothing, else float32.
at::Tensor packed_values(const at::Tensor& values);

/// Bytes that codes take in a file: packed_values of the codebook, packed_indices, coefficients as float16.
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
  /// |rows - coded| / |rows|, over all rows together (the relative root mean square error); infinite where zeros are
  /// coded as something else.
  double relative_l2 = 0;
  double mean_cosine = 0;   ///< over rows that are not zero
  double worst_cosine = 0;  ///< 1st percentile of the cosines: one row in a hundred is worse
};

/// Adds up the error of rows that come in parts.
class CodingErrorSums {
 public:
  /// rows and coded [P,C]. Rows of length 0 count in the L2 error only.
  void add(const at::Tensor& rows, const at::Tensor& coded);
  /// Of all rows so far. No row, or only zeros: cosines are 1.
  CodingError error() const;

 private:
  double squared_error_ = 0, squared_length_ = 0, cosine_sum_ = 0;
  std::vector<at::Tensor> cosines_;  ///< float32, of rows that are not zero
};

/// The same for rows that are there at once, P >= 1.
CodingError coding_error(const at::Tensor& rows, const at::Tensor& coded);

}  // namespace retort::metrics
