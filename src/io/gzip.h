// Whole gzip streams (RFC 1952), for files that are one.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace retort::io {

/// True when the bytes begin like a gzip stream.
bool looks_like_gzip(std::span<const uint8_t> bytes);

/// Unpacks one stream. Memory grows with what really comes out. UserError led by `name` when the stream is damaged, cut
/// off, or unpacks to more than `max_bytes`.
std::string gunzip(std::span<const uint8_t> bytes, const std::string& name, uint64_t max_bytes);

/// Packs, without a name or time in the header: same content, same bytes.
std::string gzip(std::string_view content);

}  // namespace retort::io
