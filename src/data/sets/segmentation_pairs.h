// Pictures with label maps: SPLIT/NAME.jpg beside SPLITannot/NAME.png, as SegNet's CamVid is laid out.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "data/sets/dataset.h"
#include "data/sets/file_tree.h"

namespace retort::data {

struct SegmentationFolders {
  std::string pictures;  ///< "train"
  std::string labels;    ///< "trainannot"
  std::vector<std::string> class_names = {};
  int void_label = void_class;  ///< brought to void_class
};

/// Every PNG and JPEG below `pictures` with the grey PNG of the same name below `labels`. UserError when a label map is
/// absent, and, as its sample is asked for, when it differs in size or holds a class that is not named.
DatasetPtr make_segmentation_pairs(std::shared_ptr<const FileTree> tree, SegmentationFolders folders);

}  // namespace retort::data
