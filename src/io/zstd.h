// Whole Zstandard frames (RFC 8878).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace retort::io {

/// Unpacks one frame. Memory grows with what really comes out. UserError led by `name` when the frame is damaged, cut
/// off, followed by other bytes, or does not unpack to exactly `size` bytes.
std::string unpack_zstd(std::span<const uint8_t> bytes, const std::string& name, uint64_t size);

/// Packs into one frame: same content, same bytes.
std::string pack_zstd(std::string_view content);

}  // namespace retort::io
