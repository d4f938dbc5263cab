// COCO's detection annotations: one JSON file for all pictures of a split.
// Format: Lin et al., "Microsoft COCO", 2014; https://cocodataset.org/#format-data ("Object Detection").
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "data/sets/dataset.h"
#include "data/sets/detection_set.h"

namespace retort::data {

struct CocoAnnotations {
  std::vector<DetectionItem> items = {};  ///< by increasing id of the picture; `picture` is its file_name
  std::vector<std::string> class_names = {};
};

/// Boxes [x, y, width, height] become corners; `iscrowd` becomes `difficult`. Classes are numbered 0, 1 ... by
/// increasing id, which leaves gaps in COCO. UserError led by `name` when an entry is absent, misshapen, given twice,
/// or points to a picture or class that is not there.
CocoAnnotations parse_coco(std::string_view json, const std::string& name);

/// annotations/instances_SPLIT.json with pictures in images/SPLIT, SPLIT or images.
DatasetPtr open_coco(std::shared_ptr<const FileTree> tree, const std::string& split);

}  // namespace retort::data
