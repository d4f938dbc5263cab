// What was read from sections under names that the user gives ("arms: {full: {...}, plain: {...}}"), looked up.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/options.h"

namespace retort {

/// The entry of that name, or null.
template <class T>
const T* find_named(const Named<T>& entries, const std::string& name) {
  for (const auto& [key, entry] : entries) {
    if (key == name) return &entry;
  }
  return nullptr;
}

template <class T>
std::vector<std::string> names_of(const Named<T>& entries) {
  std::vector<std::string> names;
  for (const auto& entry : entries) names.push_back(entry.first);
  return names;
}

}  // namespace retort
