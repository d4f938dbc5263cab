#include "io/tar.h"

#include <algorithm>
#include <numeric>
#include <optional>
#include <string_view>

#include "core/text.h"
#include "io/bytes.h"

namespace retort::io {
namespace {

constexpr size_t tar_block = 512;
constexpr size_t tar_checksum_offset = 148, tar_checksum_length = 8;
constexpr uint64_t max_tar_note_bytes = 1 << 20;  // of a long name or a pax header
constexpr size_t max_tar_members = 20'000'000;

std::string_view tar_field(std::span<const uint8_t> header, size_t offset, size_t length) {
  const auto* text = reinterpret_cast<const char*>(header.data() + offset);
  return {text, std::find(text, text + length, '\0')};
}

// Octal digits, blanks around them; GNU writes large numbers in base 256, marked by the highest bit.
std::optional<uint64_t> tar_number(std::span<const uint8_t> header, size_t offset, size_t length) {
  uint64_t value = 0;
  if (header[offset] == 0x80) {
    for (size_t i = 1; i < length; ++i) {
      if (value >> 55 != 0) return std::nullopt;
      value = value << 8 | header[offset + i];
    }
    return value;
  }
  const std::string digits = trim(tar_field(header, offset, length));
  for (const char digit : digits) {
    if (digit < '0' || digit > '7') return std::nullopt;
    value = value << 3 | uint64_t(digit - '0');  // 12 digits at most: no overflow
  }
  return value;
}

// The sum counts its own field as blanks.
bool tar_checksum_holds(std::span<const uint8_t> header) {
  const auto sum_of = [](std::span<const uint8_t> bytes) {
    return std::accumulate(bytes.begin(), bytes.end(), uint32_t{0});
  };
  const uint32_t others = sum_of(header) - sum_of(header.subspan(tar_checksum_offset, tar_checksum_length));
  return tar_number(header, tar_checksum_offset, tar_checksum_length) == others + tar_checksum_length * uint64_t{' '};
}

bool is_zero_block(std::span<const uint8_t> block) {
  return std::all_of(block.begin(), block.end(), [](uint8_t byte) { return byte == 0; });
}

class TarWalker {
 public:
  TarWalker(std::span<const uint8_t> bytes, const std::string& name) : in_(bytes, name) {}

  std::vector<TarMember> run() {
    for (;;) {
      in_.require(in_.remaining() >= tar_block, "the archive is cut off: it has no end marker");
      const auto header = in_.take(tar_block);
      if (is_zero_block(header)) return std::move(members_);
      in_.require(tar_checksum_holds(header), "a tar header's checksum is wrong: no tar archive, or a damaged one");
      read_entry(header);
    }
  }

 private:
  void read_entry(std::span<const uint8_t> header) {
    const auto stated = tar_number(header, 124, 12);
    in_.require(stated.has_value(), "a tar member's size is no number");
    const char kind = char(header[156]);
    // Links, devices and folders have no content, whatever their size field says.
    const bool has_content = kind < '1' || kind > '6';
    const uint64_t size = has_content ? pax_size_.value_or(*stated) : 0;
    in_.require(size <= in_.remaining(), "a tar member is larger than what remains of the archive", size);
    const size_t offset = in_.position();
    const auto content = in_.take(size);
    const size_t padding = (tar_block - size % tar_block) % tar_block;
    in_.skip(padding);
    if (kind == 'L' || kind == 'x') {
      in_.require(size <= max_tar_note_bytes, "a tar member's name is too long", size);
      const std::string_view text(reinterpret_cast<const char*>(content.data()), content.size());
      if (kind == 'L') {
        long_name_ = std::string(text.substr(0, text.find('\0')));
      } else {
        read_pax(text);
      }
      return;
    }
    if (kind == 'g' || kind == 'K') return;  // facts for all members, and long targets of links: nothing we use
    if (kind == '0' || kind == '\0' || kind == '7') add({member_name(header), offset, size});
    long_name_.clear();
    pax_size_.reset();
  }

  void add(TarMember member) {
    while (member.name.starts_with("./")) member.name.erase(0, 2);
    // Old archives mark folders by the name alone.
    if (member.name.ends_with('/')) return;
    in_.require(!member.name.empty(), "a tar member has no name");
    in_.require(members_.size() < max_tar_members, "the archive has too many members");
    members_.push_back(std::move(member));
  }

  std::string member_name(std::span<const uint8_t> header) const {
    if (!long_name_.empty()) return long_name_;
    std::string name(tar_field(header, 0, 100));
    const bool is_ustar = tar_field(header, 257, 6) == "ustar";  // GNU's "ustar  " has other facts in the prefix
    if (const auto prefix = tar_field(header, 345, 155); is_ustar && !prefix.empty()) {
      name = std::string(prefix) + "/" + name;
    }
    return name;
  }

  // Records "LENGTH KEY=VALUE\n", the length counting all of the record.
  void read_pax(std::string_view text) {
    while (!text.empty()) {
      const size_t blank = text.find(' ');
      int64_t length = 0;
      const bool fits = blank != std::string_view::npos && parse_integer(text.substr(0, blank), length) &&
                        length > int64_t(blank) + 1 && uint64_t(length) <= text.size();
      in_.require(fits, "a pax header is malformed");
      const auto record = text.substr(blank + 1, size_t(length) - blank - 2);
      const size_t equals = record.find('=');
      in_.require(equals != std::string_view::npos, "a pax header is malformed");
      const auto key = record.substr(0, equals), value = record.substr(equals + 1);
      if (key == "path") long_name_ = std::string(value);
      if (key == "size") {
        int64_t size = 0;
        in_.require(parse_integer(value, size) && size >= 0, "a pax header has a bad size");
        pax_size_ = uint64_t(size);
      }
      text.remove_prefix(size_t(length));
    }
  }

  ByteReader in_;
  std::vector<TarMember> members_;
  std::string long_name_;             ///< of the next member
  std::optional<uint64_t> pax_size_;  ///< of the next member
};

}  // namespace

bool looks_like_tar(std::span<const uint8_t> bytes) {
  return bytes.size() >= tar_block && !is_zero_block(bytes.first(tar_block)) &&
         tar_checksum_holds(bytes.first(tar_block));
}

std::vector<TarMember> tar_members(std::span<const uint8_t> bytes, const std::string& name) {
  return TarWalker(bytes, name).run();
}

}  // namespace retort::io
