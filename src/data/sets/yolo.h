// YOLO's text labels: images/SPLIT/NAME.jpg beside labels/SPLIT/NAME.txt, names of classes in a YAML file.
// Format: https://docs.ultralytics.com/datasets/detect ("Ultralytics YOLO format").
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "data/sets/dataset.h"
#include "data/sets/file_tree.h"

namespace retort::data {

/// Boxes in shares of width and height from lines "class x_centre y_centre width height", or from outlines
/// "class x y x y x y ..." (their bounding boxes). UserError "<name>:<line>: ..." for anything else.
std::vector<Box> parse_yolo_labels(std::string_view text, const std::string& name, int64_t classes);

/// Names under `names:` of a YAML file (list, or map from number to name). UserError when there are none, or numbers
/// are left out.
std::vector<std::string> parse_yolo_names(const std::string& yaml, const std::string& name);

/// All pictures below images/SPLIT; one without a file of labels has no objects. The classes are those of the only
/// *.yaml in the root, else of classes.txt.
DatasetPtr open_yolo(std::shared_ptr<const FileTree> tree, const std::string& split);

}  // namespace retort::data
