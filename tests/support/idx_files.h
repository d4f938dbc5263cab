// IDX files for tests.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace retort::tests {

inline std::string idx_file(const std::vector<uint32_t>& shape, const std::string& content) {
  std::string file("\0\0\x08", 3);
  file += char(shape.size());
  for (const uint32_t length : shape) {
    for (int shift = 24; shift >= 0; shift -= 8) file += char(length >> shift);
  }
  return file + content;
}

}  // namespace retort::tests
