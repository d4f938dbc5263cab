// Pascal VOC: Annotations/NAME.xml beside JPEGImages/NAME.jpg.
// Format: Everingham et al., "The PASCAL Visual Object Classes Challenge: Development Kit", 2012, section 8.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "data/sets/dataset.h"
#include "data/sets/file_tree.h"

namespace retort::data {

struct VocObject {
  std::string name;  ///< class
  Box box;           ///< without a label yet
};

/// The objects of one annotation. VOC counts pixels from 1 and names the last one inside: xmin ... xmax becomes
/// xmin - 1 ... xmax. UserError led by `name` when it is no well-formed annotation, or a box has no extent.
std::vector<VocObject> parse_voc_annotation(std::string_view xml, const std::string& name);

/// The pictures of SPLIT.txt or ImageSets/Main/SPLIT.txt. Classes are those of classes.txt, else the sorted names in
/// all annotations. UserError when a file is absent or damaged.
DatasetPtr open_voc(std::shared_ptr<const FileTree> tree, const std::string& split);

}  // namespace retort::data
