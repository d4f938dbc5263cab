// Data sets in an archive in memory.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "data/sets/file_tree.h"
#include "support/tar_writer.h"

namespace retort::tests {

/// The files as a tree called "set.tar".
inline std::shared_ptr<const data::FileTree> tree_of(const std::vector<std::pair<std::string, std::string>>& files) {
  return data::open_archive_tree(io::share_bytes(tar_of(files)), "set.tar");
}

}  // namespace retort::tests
