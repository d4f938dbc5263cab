// One pass over rows of features: lengths, products with a query's directions and what is made of them, fused.
#pragma once

#include <ATen/core/Tensor.h>

#include "core/isa.h"
#include "core/thread_pool.h"
#include "distil/field/language/relevancy.h"

namespace retort::field {

/// Cosines of rows [P,C] with directions [K,C] (any length) -> [P,K]; 0 for rows and directions of length 0. float32,
/// CPU; the rows are read once. Within 1e-5 of cosines_to().
at::Tensor row_cosines(const at::Tensor& rows, const at::Tensor& directions, ThreadPool& pool,
                       Isa isa = Isa::automatic);

/// relevancy_of_cosines() of the same -> [P], without the cosines ever going to memory. UserError as there.
at::Tensor row_relevancy(const at::Tensor& rows, const at::Tensor& directions, const Relevancy& relevancy,
                         ThreadPool& pool, Isa isa = Isa::automatic);

}  // namespace retort::field
