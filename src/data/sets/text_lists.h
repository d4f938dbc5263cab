// Lists in text files: one entry a line.
#pragma once

#include <string>
#include <vector>

#include "data/sets/file_tree.h"

namespace retort::data {

/// The lines without blanks around them; empty ones are left out. UserError when the file is absent, above 64 MiB, or
/// has no line.
std::vector<std::string> read_list(const FileTree& tree, const std::string& name);

}  // namespace retort::data
