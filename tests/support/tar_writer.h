// Tar archives for tests.
#pragma once

#include <fmt/core.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace retort::tests {

/// One ustar header with its checksum.
inline std::string tar_header(const std::string& name, size_t size, char kind = '0', const std::string& prefix = "") {
  std::string header(512, '\0');
  header.replace(0, name.size(), name);
  header.replace(100, 7, "0000644");
  header.replace(124, 11, fmt::format("{:011o}", size));
  header.replace(136, 11, "00000000000");
  header.replace(148, 8, "        ");
  header[156] = kind;
  header.replace(257, 8,
                 std::string("ustar\0"
                             "00",
                             8));
  header.replace(345, prefix.size(), prefix);
  unsigned sum = 0;
  for (const char byte : header) sum += uint8_t(byte);
  header.replace(148, 7, fmt::format("{:06o}", sum) + '\0');
  return header;
}

inline std::string tar_entry(const std::string& name, const std::string& content, char kind = '0',
                             const std::string& prefix = "") {
  return tar_header(name, content.size(), kind, prefix) + content +
         std::string((512 - content.size() % 512) % 512, '\0');
}

inline const std::string tar_end(1024, '\0');

inline std::string tar_of(const std::vector<std::pair<std::string, std::string>>& files) {
  std::string archive;
  for (const auto& [name, content] : files) archive += tar_entry(name, content);
  return archive + tar_end;
}

}  // namespace retort::tests
