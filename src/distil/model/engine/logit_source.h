// Whose logits a test judges.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>

#include "data/batch.h"
#include "distil/model/engine/teacher.h"
#include "nn/network.h"
#include "nn/weights.h"

namespace retort::model {

/// Logits [B,K] of a batch, or [B,K,H,W] of a dense network's.
using LogitSource = std::function<at::Tensor(const data::Batch&)>;

/// The network in evaluation mode. What is referred to must outlive the source.
LogitSource logits_of(const nn::Network& network, const nn::Weights& weights);

/// A teacher as it is tested.
LogitSource logits_of(Teacher& teacher);

}  // namespace retort::model
