// From what a pickle says about tensors to arrays: storages, and views of them by offset, sizes and strides.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "io/array.h"
#include "io/pickle_graph.h"
#include "io/pickle_value.h"

namespace retort::io {

/// A run of numbers that tensors are views of.
struct TorchStorage {
  std::string key;
  DType dtype = DType::f32;
  uint64_t count = 0;  ///< elements

  uint64_t byte_size() const { return count * size_of(dtype); }
};

/// Gives a storage's bytes, exactly byte_size() of them, or throws UserError.
using StorageSource = std::function<SharedBytes(const TorchStorage&)>;

/// The storages that a pickle mentions, by key. UserError (led by `name`) when a mention is malformed or two disagree.
std::map<std::string, TorchStorage> storages_of(const PickleGraph& graph, const std::string& name);

/// The pickle's values, with arrays for tensors. UserError (led by `name`) when a tensor leaves its storage, when
/// tensors with gaps or repetitions would unfold to far more than the file's `file_bytes`, or when values are nested
/// deeper than 64 levels (or in themselves).
PickleValue resolve_pickle(const PickleGraph& graph, const StorageSource& source, uint64_t file_bytes,
                           const std::string& name);

}  // namespace retort::io
