// Finding codes for rows of vectors.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>

#include "core/random.h"
#include "core/thread_pool.h"
#include "metrics/vector_codes.h"

namespace retort::metrics {

/// Rows from which a codebook is learnt; of more rows this many are drawn.
constexpr int64_t coding_sample_rows = 16384;

/// Plain vector quantisation: `entries` centres of k-means (fit_kmeans) on a sample, and the nearest one for each row
/// [P,C] float32. Where the rows hold no more than `entries` distinct ones, these are the codebook and nothing is lost.
/// Same rows and stream, same bits for any thread count. UserError when `entries` exceeds P.
VectorCodes fit_codebook(const at::Tensor& rows, int64_t entries, RandomGenerator random, ThreadPool& pool);

struct SparseCodingOptions {
  int64_t entries = 64;
  int64_t terms = 4;          ///< entries that make up a row, 1 to entries
  int64_t iterations = 8;     ///< of sparse coding and dictionary update on the sample
  bool half_entries = false;  ///< rounded to float16 before rows are coded, so that coefficients make up for it
};

/// Sparse codes: each row [P,C] is a combination of a few entries of unit length. The entries are learnt by turns:
/// codes by orthogonal matching pursuit (Pati, Rezaiifar and Krishnaprasad 1993), entries by least squares (method of
/// optimal directions, Engan et al. 1999), from k-means centres. Coefficients are rounded to float16. The same bits for
/// the same number of LibTorch's threads. UserError when `entries` exceeds P or terms exceed entries.
VectorCodes fit_sparse_codes(const at::Tensor& rows, const SparseCodingOptions& options, RandomGenerator random,
                             ThreadPool& pool);

/// The two halves of the above, for rows that do not fit into memory: what to learn from a sample [M,C], and the codes
/// of any rows [P,C] with it. At most max_sparse_entries of sparse codes. UserError as above.
at::Tensor learn_codebook(const at::Tensor& sample, int64_t entries, RandomGenerator random, ThreadPool& pool);
VectorCodes nearest_codes(const at::Tensor& rows, const at::Tensor& codebook, ThreadPool& pool);
at::Tensor learn_sparse_entries(const at::Tensor& sample, const SparseCodingOptions& options, RandomGenerator random,
                                ThreadPool& pool);
VectorCodes sparse_codes(const at::Tensor& rows, const at::Tensor& entries, int64_t terms);

/// How somebody wants vectors stored: one of the first three is above 0.
struct CodingChoice {
  int64_t codebook = 0;  ///< entries of a vector quantisation
  int64_t sparse_terms = 0, sparse_entries = 0;
  int64_t pca = 0;    ///< channels to keep
  bool half = false;  ///< codebook (or what PCA keeps) in float16
};

/// The values nearest in float16, as float32. UserError naming `what` when one is beyond 65504.
at::Tensor rounded_to_half(const at::Tensor& values, const std::string& what);

}  // namespace retort::metrics
