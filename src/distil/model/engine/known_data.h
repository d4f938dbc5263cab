// What is known of the data that a network was trained on, for work without the data.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/registries.h"
#include "data/data_options.h"
#include "data/picture_reader.h"

namespace retort::model {

struct KnownData {
  std::vector<std::string> class_names = {};
  data::PictureShape stored = {.channels = 0};  ///< of a picture in the set; 0 channels: unknown
  data::PictureShape input = {.channels = 0};   ///< of what the test transforms make of it
};

/// From some samples of the test set, or of the training set where none is named. Sizes are left open (0) when the
/// set's pictures differ in size. UserError when the set is not there.
KnownData look_at_data(const Registries& registries, const data::DataOptions& options);

/// The class names that a finished run has recorded in its evaluation.json, in order; none where it has not.
std::vector<std::string> recorded_class_names(const std::filesystem::path& run_folder);

}  // namespace retort::model
