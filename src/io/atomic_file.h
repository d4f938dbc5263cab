// Files that exist whole or not at all, and reading one whole.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace retort::io {

/// Writes beside the wanted file (`<path>.partial`), flushes file and folder to the disk, then renames.
/// Without commit() the partial file is removed and whatever stood under the name stays.
/// Throws UserError where the place can't be written (no folder, no permission, another process at it) and Fault where
/// the machine fails (disk full); both name the path and the system's reason.
class AtomicFile {
 public:
  explicit AtomicFile(std::filesystem::path path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(std::span<const uint8_t> bytes);
  void write(std::string_view text);
  /// Bytes written so far.
  uint64_t size() const { return size_; }
  /// Makes the file appear under its name. Call once, last.
  void commit();

 private:
  void open_partial();
  void flush_buffer();
  void discard() noexcept;

  std::filesystem::path path_, partial_;
  std::string buffer_;
  uint64_t size_ = 0;
  int descriptor_ = -1;
};

/// Writes a whole file atomically (see AtomicFile).
void write_whole_file(const std::filesystem::path& path, std::string_view content);

/// The content of a regular file. UserError when it is absent, a folder, unreadable or larger than `max_bytes`.
std::string read_whole_file(const std::filesystem::path& path, uint64_t max_bytes);

}  // namespace retort::io
