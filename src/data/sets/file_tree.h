// The files of a data set, whether they lie in a folder or in one tar archive.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "io/mapped_file.h"

namespace retort::data {

/// Regular files by their relative names ("train/cat/1.jpg"), sorted. Any number of threads may read at once.
class FileTree {
 public:
  virtual ~FileTree() = default;

  const std::vector<std::string>& names() const { return names_; }
  /// Sorted names of the files below a folder ("train/cat"; "" for all).
  std::vector<std::string> names_below(std::string_view folder) const;
  bool contains(std::string_view name) const;
  /// Whether any file lies below the folder.
  bool has_folder(std::string_view folder) const;
  /// A file's content. UserError when there is no such file.
  virtual io::SharedBytes read(const std::string& name) const = 0;
  /// The same, unpacked when it is a gzip stream. UserError when it unpacks to more than `max_bytes`.
  io::SharedBytes read_unpacked(const std::string& name, uint64_t max_bytes) const;
  /// The file for messages: its path, or archive and member.
  virtual std::string full_name(std::string_view name) const = 0;
  /// Path of the folder or archive.
  const std::string& root() const { return root_; }
  /// A small text file (annotations, lists). UserError when it is absent or above `max_bytes`.
  std::string read_text(const std::string& name, uint64_t max_bytes) const;

 protected:
  std::vector<std::string> names_;  ///< sorted, each once
  std::string root_;
};

/// Opens a folder, a .tar or a .tar.gz (told apart by content). Links to folders are followed, hidden files left out.
/// UserError when there is no such thing, or the archive is damaged or has a name twice.
std::shared_ptr<const FileTree> open_file_tree(const std::filesystem::path& path);

/// An archive in memory; `name` leads the messages.
std::shared_ptr<const FileTree> open_archive_tree(io::SharedBytes archive, const std::string& name);

/// Last part of a relative name, and its lower-case ending (".jpg"; "" without one).
std::string file_stem(std::string_view name);
std::string file_ending(std::string_view name);
/// Whether the ending is one of a PNG or JPEG.
bool has_image_ending(std::string_view name);

}  // namespace retort::data
