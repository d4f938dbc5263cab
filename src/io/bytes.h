// Bounds-checked reading and plain writing of little-endian bytes. Nothing in a file is trusted.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "core/errors.h"

namespace retort::io {

static_assert(std::endian::native == std::endian::little, "readers copy little-endian values as they lie");

/// Walks over bytes that somebody else owns. Every step is checked; a step too far throws a UserError that names the
/// file and the position. Values need no alignment.
class ByteReader {
 public:
  /// `name` (usually the file's path) leads every message.
  ByteReader(std::span<const uint8_t> bytes, std::string name) : bytes_(bytes), name_(std::move(name)) {}

  size_t size() const { return bytes_.size(); }
  size_t position() const { return position_; }
  size_t remaining() const { return bytes_.size() - position_; }
  bool at_end() const { return position_ == bytes_.size(); }
  /// Whether what remains begins with this text.
  bool begins_with(std::string_view beginning) const {
    return remaining() >= beginning.size() &&
           std::memcmp(bytes_.data() + position_, beginning.data(), beginning.size()) == 0;
  }
  const std::string& name() const { return name_; }

  void seek(size_t position) {
    require(position <= bytes_.size(), "points behind the end of the file");
    position_ = position;
  }
  void skip(size_t count) { take(count); }

  template <class T>
  requires std::is_arithmetic_v<T> T read() {
    T value;
    std::memcpy(&value, take(sizeof(T)).data(), sizeof(T));
    return value;
  }

  /// The next `count` bytes, not copied.
  std::span<const uint8_t> take(size_t count) {
    require(count <= remaining(), "the file is cut off");
    const auto part = bytes_.subspan(position_, count);
    position_ += count;
    return part;
  }

  std::string_view text(size_t count) {
    const auto part = take(count);
    return {reinterpret_cast<const char*>(part.data()), part.size()};
  }

  /// Text up to the next `end` byte, which is skipped; at most `max_length` long.
  std::string_view text_until(uint8_t end, size_t max_length) {
    const size_t length = std::min(remaining(), max_length + 1);
    const void* found = length ? std::memchr(bytes_.data() + position_, end, length) : nullptr;
    require(found != nullptr, "a text has no end");
    const auto line = text(static_cast<size_t>(static_cast<const uint8_t*>(found) - (bytes_.data() + position_)));
    ++position_;
    return line;
  }

  /// A reader of `count` bytes from `offset` of the whole.
  ByteReader part(size_t offset, size_t count) const {
    require(offset <= bytes_.size() && count <= bytes_.size() - offset, "a part lies outside the file");
    return {bytes_.subspan(offset, count), name_};
  }

  /// Throws UserError "<name>: <what> (at byte <position>)" unless `holds`.
  void require(bool holds, std::string_view what) const {
    if (!holds) fail(what);
  }
  /// The same with the offending number.
  void require(bool holds, std::string_view what, uint64_t value) const {
    if (!holds) fail(fmt::format("{}: {}", what, value));
  }
  [[noreturn]] void fail(std::string_view what) const { user_error("{}: {} (at byte {})", name_, what, position_); }

 private:
  std::span<const uint8_t> bytes_;
  std::string name_;
  size_t position_ = 0;
};

/// Appends little-endian values to a string of bytes.
class ByteWriter {
 public:
  template <class T>
  requires std::is_arithmetic_v<T>
  void write(T value) { bytes_.append(reinterpret_cast<const char*>(&value), sizeof(T)); }
  void write_text(std::string_view text) { bytes_.append(text); }
  void pad(size_t count, char filling) { bytes_.append(count, filling); }

  size_t size() const { return bytes_.size(); }
  const std::string& bytes() const { return bytes_; }
  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

/// The bytes of a text.
inline std::span<const uint8_t> as_bytes(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

}  // namespace retort::io
