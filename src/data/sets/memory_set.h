// Data sets whose pixels lie in memory (or in a mapped file) undecoded: CIFAR, IDX.
#pragma once

#include <string>
#include <vector>

#include "data/sets/dataset.h"
#include "io/mapped_file.h"

namespace retort::data {

/// Pictures of equal size at equal distances in shared bytes, which are not copied.
struct PixelRun {
  std::string name;       ///< of the file
  io::SharedBytes bytes;  ///< picture i begins at i * stride
  size_t stride = 0;
  int64_t count = 0;
};

struct MemorySetParts {
  int channels = 1, height = 0, width = 0;
  std::vector<PixelRun> runs = {};
  std::vector<int64_t> labels = {};  ///< of all runs, one after another
  std::vector<std::string> class_names = {};
  std::vector<std::string> sample_names = {};  ///< one each, or none: then samples are named by run and number
};

/// Fault when runs, labels and sizes do not fit each other; UserError naming the file when a label has no class.
DatasetPtr make_memory_set(MemorySetParts parts);

}  // namespace retort::data
