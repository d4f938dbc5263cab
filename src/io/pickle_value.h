// The content of a PyTorch checkpoint: plain values and arrays.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "io/array.h"

namespace retort::io {

struct PickleValue;

struct PickleBytes {
  std::string bytes;
};
struct PickleList {
  std::vector<PickleValue> items;
};
struct PickleTuple {
  std::vector<PickleValue> items;
};
/// In the order of the file; a number as key is spelled out ("0"). Equal keys: the last one, in the place of the first.
struct PickleDict {
  std::vector<std::pair<std::string, PickleValue>> items;
};

/// None, bool, int, float, text (also names of dtypes: "torch.float32"), bytes, containers, tensors. Containers are
/// shared as they were in Python; a value never contains itself.
struct PickleValue {
  std::variant<std::monostate, bool, int64_t, double, std::string, PickleBytes, std::shared_ptr<const PickleList>,
               std::shared_ptr<const PickleTuple>, std::shared_ptr<const PickleDict>, Array>
      value;

  /// The entry of a dict, or null when this is no dict or has no such key.
  const PickleValue* find(std::string_view key) const;
  const Array* as_array() const { return std::get_if<Array>(&value); }
};

/// Every tensor under its path, joined by dots: keys of dicts, positions in lists and tuples
/// ("state_dict.module.conv1.weight", "layers.0"). A lone tensor is called "value".
/// UserError (with `name` of the file) when two tensors get the same path or there are over a million entries to visit.
NamedArrays flatten(const PickleValue& root, const std::string& name);

}  // namespace retort::io
