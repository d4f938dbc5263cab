// CIFAR-10 and CIFAR-100 as their authors publish them (A. Krizhevsky, "Learning Multiple Layers of Features from Tiny
// Images", 2009; https://www.cs.toronto.edu/~kriz/cifar.html): the binary version and the Python version.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "data/sets/dataset.h"
#include "data/sets/file_tree.h"
#include "data/sets/memory_set.h"

namespace retort::data {

enum class CifarKind { cifar10, cifar100 };

/// One file of a CIFAR set.
struct CifarBatch {
  PixelRun pixels;  ///< pictures [3,32,32]
  std::vector<int64_t> labels = {};
};

/// Records of 1 label byte (CIFAR-100: 2, coarse and fine; the fine one is taken) and 3072 bytes, the red, green and
/// blue planes. The pixels stay where they are. UserError when the bytes are no whole number of records.
CifarBatch parse_cifar_binary(io::SharedBytes file, const std::string& name, CifarKind kind);

/// A pickled dict of "data" (uint8 [N,3072]) and "labels" ("fine_labels"), read without running it. UserError when an
/// entry is absent or misshapen.
CifarBatch parse_cifar_python(io::SharedBytes file, const std::string& name, CifarKind kind);

/// Whether the tree has the split's files in one of the two versions, in any of its folders, also gzipped.
bool has_cifar_files(const FileTree& tree, const std::string& split, CifarKind kind);

/// `split`: "train" or "test". All batches of the split in order, with the class names of the meta file or, for
/// CIFAR-10, the known ones. UserError when files are absent or damaged.
DatasetPtr open_cifar(const FileTree& tree, const std::string& split, CifarKind kind);

/// airplane ... truck, in the order of the labels.
const std::vector<std::string>& cifar10_classes();

}  // namespace retort::data
