// A file seen as memory, read only.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

namespace retort::io {

/// Maps a regular file; pages come in as they are touched. Files of ours are replaced by renaming, so a mapping keeps
/// seeing what it saw at first. UserError when the file can't be opened or is no regular file. Empty files are fine.
class MappedFile {
 public:
  explicit MappedFile(const std::filesystem::path& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  std::span<const uint8_t> bytes() const { return {data_, size_}; }

 private:
  const uint8_t* data_ = nullptr;
  size_t size_ = 0;
};

/// Bytes with an owner: views of them keep the file (or buffer) alive.
struct SharedBytes {
  std::shared_ptr<const void> owner;
  std::span<const uint8_t> bytes;
};

/// Maps a file; the mapping lives as long as the result or a view made from its owner.
SharedBytes map_file(const std::filesystem::path& path);

/// Takes over a string of bytes.
SharedBytes share_bytes(std::string bytes);

}  // namespace retort::io
