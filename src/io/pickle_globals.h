// The Python names a checkpoint may mention. Whatever is not here is refused.
#pragma once

#include <optional>
#include <string_view>

#include "io/dtype.h"

namespace retort::io {

enum class PickleGlobal {
  ordered_dict,
  size_type,
  tensor_builder,
  parameter_builder,
  storage_type,
  dtype,
  numpy_builder,
  numpy_array_type,
  numpy_dtype
};

/// What "module.name" stands for, or nothing when it is not allowed.
std::optional<PickleGlobal> pickle_global(std::string_view dotted_name);

/// Element type of "torch.FloatStorage" and its like, or nothing.
std::optional<DType> storage_dtype(std::string_view dotted_name);

}  // namespace retort::io
