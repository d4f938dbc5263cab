// Pictures of a file tree.
#pragma once

#include <string>

#include "data/sets/file_tree.h"
#include "data/sets/part.h"
#include "data/sets/sample.h"

namespace retort::data {

/// A PNG or JPEG as [3,H,W]; grey is repeated, alpha laid over black, photos turned as tagged. UserError naming the
/// file.
Picture decode_rgb(const FileTree& tree, const std::string& name);

/// A sample with the part of a picture that `choose` asks for, and its view, where that can be decoded alone; else the
/// whole picture.
Sample decode_rgb_part(const FileTree& tree, const std::string& name, const PartChooser& choose);

/// A grey PNG of class numbers as [1,H,W]. UserError naming the file, also for pictures in colour.
Picture decode_label_map(const FileTree& tree, const std::string& name);

}  // namespace retort::data
