// What a test says of a network, whatever its data set asks for.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <variant>
#include <vector>

#include "data/loader.h"
#include "distil/model/engine/accuracy.h"
#include "distil/model/engine/map_accuracy.h"

namespace retort::run {
class Recorder;
}

namespace retort::model {

/// Of classes of pictures, or of classes of pixels.
using Score = std::variant<Accuracy, MapAccuracy>;

/// Tests on the loader's whole data set, by its task.
Score measure_score(const nn::Network& network, const nn::Weights& weights, data::Loader& loader);
Score measure_score(Teacher& teacher, int64_t classes, data::Loader& loader);

/// The one number that a run is judged by, in [0,1], higher is better: top-1, or the mean intersection over union.
double leading_share(const Score& score);
/// Its name in curves and files: "top1", "miou".
const char* leading_name(const Score& score);
int64_t samples_of(const Score& score);

/// Curves "eval/top1", "eval/top5", "eval/cross_entropy", or "eval/miou", "eval/pixel_accuracy", "eval/cross_entropy".
void record_score(const Score& score, run::Recorder& recorder);

nlohmann::ordered_json to_json(const Score& score, const std::vector<std::string>& class_names);

}  // namespace retort::model
