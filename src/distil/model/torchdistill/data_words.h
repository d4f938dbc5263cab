// Data sets and loaders of a torchdistill file.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "distil/model/torchdistill/section.h"

namespace retort::torchdistill {

struct DataSetWords {
  std::string name = {};    ///< "cifar10/train"
  std::string folder = {};  ///< where it lies, for data.path
  int64_t classes = 0;      ///< 0: the folder tells
  std::vector<std::string> transforms = {};
  int line = 0;
};

/// The data set `id` of the section `datasets`; faults for unknown ids, classes and arguments.
DataSetWords read_data_set(Section& datasets, const std::string& id, int line, const std::string& path,
                           const std::string& home);

struct LoaderWords {
  std::string data_set = {};  ///< its id; empty: as in the stage before
  int64_t batch_size = 1;
  int64_t workers = 0;
  bool drop_last = false;
  int64_t negatives = 0;   ///< of CRDDatasetWrapper; 0: no such wrapper
  bool rotations = false;  ///< SSKDDatasetWrapper
  int line = 0;
  std::string path = {};
};

/// `trains`: must draw in random order; otherwise must keep the order.
LoaderWords read_loader(Section loader, bool trains);

}  // namespace retort::torchdistill
