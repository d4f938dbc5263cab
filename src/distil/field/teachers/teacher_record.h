// teacher.json: how the maps of a folder were made, so that a later run can go on or must refuse.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace retort::field {

struct TeacherRecord {
  std::string network;
  std::string weights_sha256;
  std::string weights_file;  ///< name only, for people; not compared
  int64_t longest_side = 0;
  std::string map_format;

  struct Output {
    std::string folder;
    int64_t channels = 0;
    std::string meaning;
  };
  std::vector<Output> outputs;

  /// Writes <folder>/teacher.json, atomically; the folder must exist.
  void write(const std::filesystem::path& folder) const;
  /// UserError that names key, both values and the remedy when `folder` has a teacher.json of other maps, or a damaged
  /// one, or map files without one, or coded maps. Fine when the folder is absent or has no maps.
  void require_same(const std::filesystem::path& folder) const;
};

}  // namespace retort::field
