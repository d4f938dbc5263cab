// How well a segmentation network labels the pixels of a data set.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "data/loader.h"
#include "distil/model/engine/logit_source.h"

namespace retort::model {

struct MapAccuracy {
  int64_t samples = 0, pixels = 0;    ///< pictures, and their pixels that count (void ones do not)
  double mean_iou = 0;                ///< in [0,1], over the classes that occur in labels or predictions
  double pixel_accuracy = 0;          ///< share in [0,1]
  double cross_entropy = 0;           ///< mean over the pixels
  std::vector<double> of_class = {};  ///< intersection over union of each class; NaN where it does not occur
};

/// Runs over all batches of the loader once, from its beginning. Intersections and unions are counted over the whole
/// set. `predict` gives [B,classes,H,W] at the size of the label maps. UserError when no pixel is labelled.
MapAccuracy measure_map_accuracy(const LogitSource& predict, int64_t classes, data::Loader& loader);

/// Shares as numbers in [0,1], by class names too; null for a class that does not occur.
nlohmann::ordered_json to_json(const MapAccuracy& accuracy, const std::vector<std::string>& class_names);

}  // namespace retort::model
