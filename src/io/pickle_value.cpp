#include "io/pickle_value.h"

#include "core/errors.h"

namespace retort::io {
namespace {

constexpr size_t max_flattened_entries = 1'000'000;
constexpr const char* lone_tensor_name = "value";

class Flattener {
 public:
  explicit Flattener(const std::string& file) : file_(file) {}

  void visit(const PickleValue& value, const std::string& path) {
    if (const auto* array = std::get_if<Array>(&value.value)) {
      keep(*array, path);
    } else if (const auto* list = std::get_if<std::shared_ptr<const PickleList>>(&value.value)) {
      visit_items((*list)->items, path);
    } else if (const auto* tuple = std::get_if<std::shared_ptr<const PickleTuple>>(&value.value)) {
      visit_items((*tuple)->items, path);
    } else if (const auto* dict = std::get_if<std::shared_ptr<const PickleDict>>(&value.value)) {
      count((*dict)->items.size());
      for (const auto& [key, item] : (*dict)->items) {
        if (may_hold_tensors(item)) visit(item, join_path(path, key));
      }
    }
  }

  NamedArrays take() { return std::move(arrays_); }

 private:
  // Shared containers are visited once per path, so a small file can ask for very many visits.
  void count(size_t entries) {
    visited_ += entries;
    if (visited_ > max_flattened_entries) {
      user_error("{}: its containers unfold to over {} entries", file_, max_flattened_entries);
    }
  }

  static bool may_hold_tensors(const PickleValue& value) {
    return !std::holds_alternative<std::monostate>(value.value) && !std::holds_alternative<bool>(value.value) &&
           !std::holds_alternative<int64_t>(value.value) && !std::holds_alternative<double>(value.value) &&
           !std::holds_alternative<std::string>(value.value) && !std::holds_alternative<PickleBytes>(value.value);
  }

  static std::string join_path(const std::string& path, const std::string& key) {
    return path.empty() ? key : path + "." + key;
  }

  void visit_items(const std::vector<PickleValue>& items, const std::string& path) {
    count(items.size());
    for (size_t i = 0; i < items.size(); ++i) {
      if (may_hold_tensors(items[i])) visit(items[i], join_path(path, std::to_string(i)));
    }
  }

  void keep(const Array& array, const std::string& path) {
    const std::string& name = path.empty() ? lone_tensor_name : path;
    if (!arrays_.emplace(name, array).second) user_error("{}: has two tensors called '{}'", file_, name);
  }

  const std::string& file_;
  NamedArrays arrays_;
  size_t visited_ = 0;
};

}  // namespace

const PickleValue* PickleValue::find(std::string_view key) const {
  const auto* dict = std::get_if<std::shared_ptr<const PickleDict>>(&value);
  if (dict == nullptr) return nullptr;
  for (const auto& [name, item] : (*dict)->items) {
    if (name == key) return &item;
  }
  return nullptr;
}

NamedArrays flatten(const PickleValue& root, const std::string& name) {
  Flattener flattener(name);
  flattener.visit(root, "");
  return flattener.take();
}

}  // namespace retort::io
