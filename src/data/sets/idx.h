// IDX, the format of MNIST and its kin: big-endian header, then bytes.
// Format: http://yann.lecun.com/exdb/mnist ("THE IDX FILE FORMAT").
#pragma once

#include <string>
#include <vector>

#include "data/sets/dataset.h"
#include "data/sets/file_tree.h"
#include "io/array.h"

namespace retort::data {

/// Reads an array of unsigned bytes of any shape; the elements stay where they are. UserError led by `name` for another
/// element type, and when the sizes do not fit the file.
io::Array parse_idx(io::SharedBytes file, const std::string& name);

/// Pictures and labels of one split: SPLIT-images-idx3-ubyte and SPLIT-labels-idx1-ubyte, also gzipped, where the split
/// "test" is also found as "t10k". Pictures [1,H,W], or [3,H,W] from four-dimensional files [N,3,H,W]. `class_names`
/// empty: "0", "1" ... UserError when files are absent or do not fit each other.
DatasetPtr open_idx(const FileTree& tree, const std::string& split, std::vector<std::string> class_names = {});

}  // namespace retort::data
