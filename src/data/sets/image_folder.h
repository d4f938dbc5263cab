// Image folders: SPLIT/CLASS/picture.jpg, the class being the folder's name.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "data/sets/dataset.h"
#include "data/sets/file_tree.h"

namespace retort::data {

/// Every PNG and JPEG below `folder` of the tree ("train"; "": the whole tree), decoded on demand to RGB; sorted by
/// class and name. `class_names` fixes the order of classes; empty: sorted folder names. Classes without pictures stay.
/// UserError when there are no pictures, a picture lies in no class folder, or its class is not in `class_names`.
DatasetPtr make_image_folder(std::shared_ptr<const FileTree> tree, const std::string& folder,
                             std::vector<std::string> class_names = {});

}  // namespace retort::data
