// A data set: samples by number.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "data/sets/part.h"
#include "data/sets/sample.h"

namespace retort::data {

/// What the samples are labelled with.
enum class Task { none, classification, segmentation, detection, super_resolution };

/// Any number of threads may ask at once. Indices lie in [0, size()).
class Dataset {
 public:
  virtual ~Dataset() = default;

  virtual int64_t size() const = 0;
  virtual Task task() const { return Task::classification; }
  /// Names of classes 0, 1, 2 ...
  virtual const std::vector<std::string>& class_names() const = 0;
  /// The class, known without opening the picture; -1 where pictures have none.
  virtual int64_t label(int64_t index) const = 0;
  /// Where the sample comes from, for messages: a file, or a file and a number.
  virtual std::string sample_name(int64_t index) const = 0;
  /// Reads and decodes. UserError led by sample_name() when its file is damaged.
  virtual Sample sample(int64_t index) const = 0;
  /// The same, with no more of the picture decoded than `choose` says is needed, where that is possible: see
  /// Sample::view. Sets with label maps or boxes always give whole pictures.
  virtual Sample sample_part(int64_t index, const PartChooser&) const { return sample(index); }

  int64_t class_count() const { return int64_t(class_names().size()); }
};

using DatasetPtr = std::shared_ptr<const Dataset>;

/// Where and what to open.
struct DatasetPlace {
  std::string name;    ///< of the data set or format
  std::string split;   ///< "train", "test", "val" ...; "" where there is one only
  std::string folder;  ///< a folder or file; found for named sets
};

}  // namespace retort::data
