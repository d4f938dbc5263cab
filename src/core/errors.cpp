#include "core/errors.h"

namespace retort {

void Problems::require(bool holds, std::string_view key, std::string_view message) {
  if (!holds) entries_.push_back({std::string(key), std::string(message)});
}

void Problems::require_in(double value, double low, double high, std::string_view key) {
  require(value >= low && value <= high, key, fmt::format("{} is outside [{}, {}]", value, low, high));
}

void Problems::add(const Problems& nested, std::string_view prefix) {
  for (const auto& entry : nested.entries_)
    entries_.push_back({fmt::format("{}.{}", prefix, entry.key), entry.message});
}

void Problems::raise(std::string_view where) const {
  if (entries_.empty()) return;
  std::string text;
  for (const auto& entry : entries_) {
    if (!text.empty()) text += '\n';
    text += fmt::format("{}: {}: {}", where, entry.key, entry.message);
  }
  throw UserError(text);
}

}  // namespace retort
