// A table of things offered by name. Filled by register_<file>() functions, read by everybody else.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/errors.h"
#include "core/text.h"

namespace retort {

template <class Entry>
class Registry {
 public:
  /// `kind` is what an entry is called in messages ("method", "parity function").
  explicit Registry(std::string kind) : kind_(std::move(kind)) {}

  /// Throws Fault when the name is taken.
  void add(const std::string& name, Entry entry) {
    const bool added = entries_.emplace(name, std::move(entry)).second;
    RT_CHECK(added, "{} '{}' is registered twice", kind_, name);
  }

  const Entry* find(const std::string& name) const {
    const auto found = entries_.find(name);
    return found == entries_.end() ? nullptr : &found->second;
  }

  /// Throws UserError with the nearest name.
  const Entry& get(const std::string& name) const {
    if (const Entry* entry = find(name)) return *entry;
    user_error("unknown {} '{}'{}", kind_, name, did_you_mean(name, names()));
  }

  std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const auto& [name, entry] : entries_) names.push_back(name);
    return names;
  }

  const std::map<std::string, Entry>& entries() const { return entries_; }

 private:
  std::string kind_;
  std::map<std::string, Entry> entries_;
};

}  // namespace retort
