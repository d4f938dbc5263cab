// ZIP archives as NumPy and PyTorch write them. Format: PKWARE APPNOTE.TXT 6.3.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>

#include "io/atomic_file.h"
#include "io/mapped_file.h"

namespace retort::io {

/// True when the bytes begin like a ZIP archive.
bool looks_like_zip(std::span<const uint8_t> bytes);

/// The members of an archive, found through its central directory. Stored and deflated members (with ZIP64 sizes) are
/// read; encryption and several disks are refused. Names are only keys here: nothing is ever unpacked to the disk.
class ZipArchive {
 public:
  /// UserError with the file when the directory is damaged, has a name twice, or points outside the file.
  ZipArchive(SharedBytes file, std::string name);

  struct Member {
    uint64_t header_offset, packed_size, size;
    uint32_t crc;
    uint16_t method;  ///< 0 stored, 8 deflated
  };
  const std::map<std::string, Member>& members() const { return members_; }
  bool contains(const std::string& member) const { return members_.contains(member); }
  const std::string& name() const { return name_; }

  /// A member's content: a view of the file where it is stored, else unpacked. UserError when it is absent, longer than
  /// `max_bytes`, or its checksum is wrong.
  SharedBytes read(const std::string& member, uint64_t max_bytes) const;

 private:
  void read_directory();
  std::span<const uint8_t> packed_bytes(const std::string& member, const Member& facts) const;

  SharedBytes file_;
  std::string name_;
  std::map<std::string, Member> members_;
};

/// Writes stored members one after the other, each aligned to 64 bytes as PyTorch wants it, with fixed time stamps.
/// Archives of 4 GiB and more are refused (Fault).
class ZipWriter {
 public:
  explicit ZipWriter(const std::filesystem::path& path) : file_(path) {}
  void add(const std::string& member, std::string_view content) { add(member, content, {}); }
  /// The content is `head` followed by `body` (so that neither needs copying).
  void add(const std::string& member, std::string_view head, std::string_view body);
  void commit();

 private:
  AtomicFile file_;
  std::string directory_;
  uint16_t count_ = 0;
};

}  // namespace retort::io
