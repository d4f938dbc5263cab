// SHA-256 (FIPS 180-4): names products and verifies downloads.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace retort::io {

/// Hashes a stream of bytes piece by piece.
class Sha256 {
 public:
  void update(std::span<const uint8_t> bytes);
  void update(std::string_view text);
  /// The digest of everything so far as 64 lower-case hex digits. Call once, last.
  std::string hex_digest();

 private:
  void process_block(const uint8_t* block);

  std::array<uint32_t, 8> state_ = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                    0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::array<uint8_t, 64> pending_{};
  uint64_t byte_count_ = 0;
};

std::string sha256_hex(std::string_view text);

/// Hashes a file of any size. UserError when it can't be read.
std::string sha256_of_file(const std::filesystem::path& path);

}  // namespace retort::io
