// Questions to the file system that answer "no" instead of throwing when a folder can't be searched.
#pragma once

#include <filesystem>
#include <system_error>

namespace retort::field {

inline bool path_exists(const std::filesystem::path& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

inline bool is_folder(const std::filesystem::path& path) {
  std::error_code ignored;
  return std::filesystem::is_directory(path, ignored);
}

}  // namespace retort::field
