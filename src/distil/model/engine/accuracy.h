// How often a classifier is right on a data set.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "core/stop.h"
#include "data/loader.h"
#include "distil/model/engine/teacher.h"
#include "nn/network.h"
#include "nn/weights.h"

namespace retort::model {

struct Accuracy {
  int64_t samples = 0;
  double top1 = 0, top5 = 0;          ///< shares in [0,1]; top5 is 1 for five classes or fewer
  double cross_entropy = 0;           ///< mean
  std::vector<double> of_class = {};  ///< top1 of each class; NaN where it has no sample
};

/// Runs the network in evaluation mode over all batches of the loader once, from its beginning.
Accuracy measure_accuracy(const nn::Network& network, const nn::Weights& weights, data::Loader& loader);

/// The same of a teacher's logits.
Accuracy measure_accuracy(Teacher& teacher, int64_t classes, data::Loader& loader);

/// Shares as numbers in [0,1], by class names too; null for a class without samples.
nlohmann::ordered_json to_json(const Accuracy& accuracy, const std::vector<std::string>& class_names);

}  // namespace retort::model
