// Pictures with boxes, whatever file the boxes came from.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "data/sets/dataset.h"
#include "data/sets/file_tree.h"

namespace retort::data {

/// A picture's file and its boxes.
struct DetectionItem {
  std::string picture;  ///< name in the tree
  std::vector<Box> boxes = {};
};

struct DetectionParts {
  std::shared_ptr<const FileTree> tree;
  std::vector<DetectionItem> items = {};
  std::vector<std::string> class_names = {};
  bool relative = false;  ///< coordinates are shares of width and height
};

/// UserError when there are no pictures, or one is absent. Boxes are cut at the picture's border as samples are asked
/// for; those with nothing left are dropped.
DatasetPtr make_detection_set(DetectionParts parts);

}  // namespace retort::data
