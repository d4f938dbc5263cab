// Words of an enumeration that options offer.
#pragma once

#include <cstddef>
#include <string>

namespace retort {

/// The word that `choices(E)` has for a value.
template <class Enum>
std::string choice_name(Enum value) {
  return choices(value).at(static_cast<size_t>(value));
}

}  // namespace retort
