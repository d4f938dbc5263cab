// Gzip streams (RFC 1952): whole ones, for files that are one, and streams packed piece by piece.
#pragma once

#include <cstdint>
#include <memory>
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

/// Packs a stream while it is made: the bytes of all pieces so far can be unpacked at once.
class GzipStream {
 public:
  /// `level`: 1 (fast) to 9 (small), -1 for zlib's own choice.
  explicit GzipStream(int level = 1);
  ~GzipStream();
  GzipStream(GzipStream&&) noexcept;

  /// The packed bytes of the next piece.
  std::string add(std::string_view piece);
  /// The packed bytes of a last piece and the end of the stream, once.
  std::string finish(std::string_view last = {});

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace retort::io
