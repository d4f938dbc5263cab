// Pictures of a tree with a class each, or without classes.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "data/sets/dataset.h"
#include "data/sets/file_tree.h"

namespace retort::data {

struct PictureListParts {
  std::shared_ptr<const FileTree> tree;
  std::vector<std::string> names = {};  ///< of the pictures in the tree
  std::vector<int64_t> labels = {};     ///< of each, in range; -1 where there are no classes
  std::vector<std::string> class_names = {};
};

/// Decoded on demand to RGB. UserError when there are no pictures or one is absent.
DatasetPtr make_picture_list(PictureListParts parts);

}  // namespace retort::data
