// What every fuzz target does: a parser takes the bytes or refuses them with a UserError. Anything else (a Fault, a
// foreign exception, a sanitizer's report) ends the process and is a finding.
#pragma once

#include <cstdint>
#include <string>

#include "core/errors.h"
#include "io/array.h"

namespace retort::fuzz {

template <class Parse>
int accept_or_refuse(const uint8_t* data, size_t size, Parse&& parse) {
  try {
    parse(io::share_bytes(std::string(reinterpret_cast<const char*>(data), size)));
  } catch (const UserError&) {
    return 0;
  }
  return 0;
}

/// Reads every byte of the arrays, so that a view that leaves its file is noticed.
inline void touch(const io::NamedArrays& arrays) {
  unsigned total = 0;
  for (const auto& [name, array] : arrays) {
    for (const uint8_t byte : array.bytes()) total += byte;
    RT_CHECK(io::byte_count(array.dtype, array.shape) == array.bytes().size(), "{} has a wrong size", name);
  }
  volatile unsigned sink = total;
  static_cast<void>(sink);
}

}  // namespace retort::fuzz
