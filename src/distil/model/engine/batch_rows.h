// Batches put together anew from rows of others.
#pragma once

#include <ATen/core/Tensor.h>

#include "data/batch.h"

namespace retort::model {

/// Rows `rows` int64 [M] of every column and of the samples' random streams; the rest of the batch as it is. Ragged
/// columns are left behind.
data::Batch chosen_rows(data::Batch batch, const at::Tensor& rows);

/// The rows of `second` behind those of `first`, which may be a batch of nothing; what belongs to no row is as in
/// `second`. Both have the same columns.
data::Batch joined_rows(data::Batch first, data::Batch second);

}  // namespace retort::model
