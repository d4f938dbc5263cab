// Files that exist whole or not at all, and reading one whole.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace retort::io {

/// What becomes of a file that was not committed.
enum class Uncommitted {
  removed,  ///< nothing is left
  kept      ///< `<path>.partial` stays, and the next writer of this kind goes on behind it
};

/// Writes beside the wanted file (`<path>.partial`), flushes file and folder to the disk, then renames.
/// Without commit() the partial file is removed (unless it is to be kept) and whatever stood under the name stays.
/// Throws UserError where the place can't be written (no folder, no permission, another process at it) and Fault where
/// the machine fails (disk full); both name the path and the system's reason.
class AtomicFile {
 public:
  explicit AtomicFile(std::filesystem::path path, Uncommitted uncommitted = Uncommitted::removed);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(std::span<const uint8_t> bytes);
  void write(std::string_view text);
  /// Bytes written so far, with those that a kept partial file began with.
  uint64_t size() const { return size_; }
  /// Begins again with an empty file.
  void restart();
  /// Drops what lies behind the first `size` bytes, as where a kept partial file was cut off in the middle of
  /// something.
  void shorten(uint64_t size);
  /// Hands what was written to the system, so that it can be read under partial_path().
  void flush();
  const std::filesystem::path& partial_path() const { return partial_; }
  /// Gives up: removes the partial file, also one that would be kept.
  void discard() noexcept;
  /// Makes the file appear under its name. Call once, last.
  void commit();

 private:
  void open_partial();

  std::filesystem::path path_, partial_;
  Uncommitted uncommitted_;
  std::string buffer_;
  uint64_t size_ = 0;
  int descriptor_ = -1;
};

/// Writes a whole file atomically (see AtomicFile).
void write_whole_file(const std::filesystem::path& path, std::string_view content);

/// The content of a regular file. UserError when it is absent, a folder, unreadable or larger than `max_bytes`.
std::string read_whole_file(const std::filesystem::path& path, uint64_t max_bytes);

}  // namespace retort::io
