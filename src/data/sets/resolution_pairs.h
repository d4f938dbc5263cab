// Pictures in two sizes, for super-resolution: SPLIT/HR/NAME.png beside SPLIT/LR_xN/NAME.png.
#pragma once

#include <memory>
#include <string>

#include "data/sets/dataset.h"
#include "data/sets/file_tree.h"

namespace retort::data {

/// Every PNG and JPEG below [`folder`/]HR with the picture of the same name, or NAMExN as DIV2K has it, below
/// [`folder`/]LR_xN; N = `factor`, 2 to 8. A sample's image is the small picture, its `detail` the large one. UserError
/// when a small picture is absent and, as its sample is asked for, when the large one is not exactly N times as large.
DatasetPtr make_resolution_pairs(std::shared_ptr<const FileTree> tree, const std::string& folder, int factor);

/// "Set5/x4", "x4": folder and factor. UserError for a last part that is not x2 ... x8.
DatasetPtr open_resolution_pairs(std::shared_ptr<const FileTree> tree, const std::string& split);

}  // namespace retort::data
