#include "distil/model/engine/map_accuracy.h"

#include <ATen/ATen.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "core/errors.h"
#include "data/sets/sample.h"
#include "metrics/label_maps.h"

namespace retort::model {

MapAccuracy measure_map_accuracy(const LogitSource& predict, int64_t classes, data::Loader& loader) {
  const at::NoGradGuard no_grad;
  loader.seek({});
  MapAccuracy result;
  auto confusion = at::zeros({classes, classes}, at::kLong);
  double entropy = 0;
  for (int64_t batch_number = 0; batch_number < loader.batches_per_epoch(); ++batch_number) {
    const auto batch = loader.next();
    const auto logits = predict(batch);
    entropy += at::cross_entropy_loss(logits, batch.target(), {}, at::Reduction::Sum, data::void_class).item<double>();
    confusion += metrics::confusion_matrix(batch.target(), logits.argmax(1), classes);
    result.samples += batch.size;
  }
  result.pixels = confusion.sum().item<int64_t>();
  if (result.pixels == 0) user_error("data.test: no pixel of its {} label maps has a class", result.samples);
  result.mean_iou = metrics::mean_iou(confusion);
  result.pixel_accuracy = metrics::pixel_accuracy(confusion);
  result.cross_entropy = entropy / double(result.pixels);
  result.of_class = metrics::class_ious(confusion);
  return result;
}

nlohmann::ordered_json to_json(const MapAccuracy& accuracy, const std::vector<std::string>& class_names) {
  nlohmann::ordered_json json = {{"samples", accuracy.samples},
                                 {"pixels", accuracy.pixels},
                                 {"miou", accuracy.mean_iou},
                                 {"pixel_accuracy", accuracy.pixel_accuracy},
                                 {"cross_entropy", accuracy.cross_entropy}};
  for (size_t i = 0; i < accuracy.of_class.size() && i < class_names.size(); ++i) {
    auto& entry = json["iou_of_class"][class_names[i]];
    if (!std::isnan(accuracy.of_class[i])) entry = accuracy.of_class[i];
  }
  return json;
}

}  // namespace retort::model
