// Rows of features in sparse codes, asked in one pass: nothing is decoded.
#pragma once

#include <ATen/core/Tensor.h>

#include "core/isa.h"
#include "core/thread_pool.h"
#include "distil/field/language/relevancy.h"
#include "metrics/vector_codes.h"

namespace retort::field {

/// Where lengths of coded rows come from: sums of entries, or the products of all pairs of entries (the Gram matrix).
/// Both give the same; automatic takes what is less work, the matrix of a small codebook of many channels.
enum class CodedLengths { automatic, summed, gram };

/// Cosines of coded rows [P,C] with directions [K,C] (any length) -> [P,K]; 0 for rows and directions of length 0.
/// The codes have coefficients (plain codebooks are asked entry by entry, see query.cpp) and have passed
/// VectorCodes::check(). Within 1e-5 of what metrics::coded_products() and coded_lengths() give.
at::Tensor coded_cosines(const metrics::VectorCodes& codes, const at::Tensor& directions, ThreadPool& pool,
                         Isa isa = Isa::automatic, CodedLengths lengths = CodedLengths::automatic);

/// relevancy_of_cosines() of the same -> [P], without the cosines ever going to memory. UserError as there.
at::Tensor coded_relevancy(const metrics::VectorCodes& codes, const at::Tensor& directions, const Relevancy& relevancy,
                           ThreadPool& pool, Isa isa = Isa::automatic, CodedLengths lengths = CodedLengths::automatic);

}  // namespace retort::field
