// What the classes of a training set were before they were merged.
#pragma once

#include <ATen/core/Tensor.h>

#include "core/registries.h"
#include "data/data_options.h"

namespace retort::model {

/// For each training sample the number of its class among those that data.merge_classes made one: int64 [N], of class i
/// i / groups. UserError led by "loss.lelp.split" where classes are not merged, or more of them into one than
/// `subclasses`.
at::Tensor hidden_classes(const Registries& registries, const data::DataOptions& data, int64_t subclasses);

}  // namespace retort::model
