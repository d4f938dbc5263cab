// Objects as torchdistill files write them. They are recognised by their names; nothing is imported.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "distil/model/torchdistill/section.h"

namespace retort::torchdistill {

/// `!import_call {key: module.Class, init: {args: [...], kwargs: {...}}}`
struct ObjectCall {
  std::string key;   ///< "torchvision.datasets.CIFAR10"
  std::string name;  ///< what stands behind its last dot
  int line = 0;
  std::string path;
  std::vector<Value> positional = {};
  Value named = {};
};

/// Notes a fault, and gives nothing, for what is no such object.
std::optional<ObjectCall> read_call(const Value& value, const std::string& path, Notes& notes);

/// All arguments under their names; `parameters` are those of the function, in its order. The section of the result
/// must not outlive it.
Value arguments_of(const ObjectCall& call, const std::vector<std::string>& parameters, Notes& notes);

/// `!getattr [!import_get {key: module.Enum}, NAME]` or `!import_get {key: module.Enum.NAME}`: NAME; else a plain text
/// itself, and "" for anything else.
std::string attribute_name(const Value& value);

/// What stands behind the last dot.
std::string last_word(const std::string& dotted);

}  // namespace retort::torchdistill
