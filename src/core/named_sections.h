// Sections of a recipe whose keys are names that the user gives ("arms: {full: {...}, plain: {...}}").
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/recipe.h"

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

class NamedSectionReader : public RecipeReader {
 public:
  using RecipeReader::RecipeReader;

  /// Reads a section of option structs; `check_entry(name, entry, problems)` sees each in its place.
  template <class T, class CheckEntry>
  void read_named(const char* section, Named<T>& entries, const CheckEntry& check_entry) {
    if (!enter(section, "")) return;
    for (const auto& name : given_keys()) {
      if (!enter(name.c_str(), "")) continue;
      auto& entry = entries.emplace_back(name, T{}).second;
      visit(entry);
      Problems problems;
      problems.require(is_section_name(name), "name", "use letters, digits, '-' and '_' only");
      check_entry(name, entry, problems);
      checked(problems);
      leave();
    }
    leave();
  }
};

}  // namespace retort
