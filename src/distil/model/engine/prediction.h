// What a classifier says of pictures.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "core/stop.h"
#include "data/picture_reader.h"
#include "distil/model/engine/trained_network.h"

namespace retort::model {

struct Prediction {
  std::filesystem::path picture;
  std::vector<float> probabilities = {};  ///< of each class, in [0,1], of sum 1

  /// The `count` likeliest classes, likeliest first; among equals the lower number.
  std::vector<int64_t> best(int64_t count) const;
};

/// Softmax of the network's logits in evaluation mode, for each picture in order; pictures of one size run together in
/// batches of at most `batch_size`. Ends early when `stop` is requested. UserError for segmentation networks.
std::vector<Prediction> predict_pictures(const TrainedNetwork& model, const data::PictureReader& reader,
                                         const std::vector<std::filesystem::path>& pictures, int64_t batch_size,
                                         const StopFlag& stop);

/// [{"picture": ..., "classes": [{"class": name, "probability": p}, ...]}, ...] with the `count` likeliest of each.
nlohmann::ordered_json to_json(const std::vector<Prediction>& predictions, const std::vector<std::string>& class_names,
                               int64_t count);

/// Columns picture, class (the likeliest), and the probability of each class under its name; RFC 4180.
std::string to_csv(const std::vector<Prediction>& predictions, const std::vector<std::string>& class_names);

/// One line a picture and class, in columns, with the `count` likeliest of each picture.
std::string to_text(const std::vector<Prediction>& predictions, const std::vector<std::string>& class_names,
                    int64_t count);

}  // namespace retort::model
