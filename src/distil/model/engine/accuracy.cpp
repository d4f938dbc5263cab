#include "distil/model/engine/accuracy.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "distil/model/engine/logit_source.h"

namespace retort::model {

namespace {
/// `predict`: logits [B,K] of a batch.
Accuracy accuracy_of(const LogitSource& predict, int64_t classes, data::Loader& loader) {
  const at::NoGradGuard no_grad;
  loader.seek({});
  std::vector<int64_t> seen(classes), right(classes);
  Accuracy result;
  int64_t right_in_five = 0;
  double entropy = 0;
  for (int64_t batch_number = 0; batch_number < loader.batches_per_epoch(); ++batch_number) {
    const auto batch = loader.next();
    const auto logits = predict(batch);
    const auto& labels = batch.target();
    entropy += at::cross_entropy_loss(logits, labels, {}, at::Reduction::Sum).item<double>();
    const auto best = std::get<1>(logits.topk(std::min<int64_t>(5, classes), 1)).contiguous();
    const auto label = labels.accessor<int64_t, 1>();
    const auto guess = best.accessor<int64_t, 2>();
    for (int64_t i = 0; i < batch.size; ++i) {
      ++seen[label[i]];
      if (guess[i][0] == label[i]) ++right[label[i]];
      for (int64_t place = 0; place < best.size(1); ++place) right_in_five += guess[i][place] == label[i] ? 1 : 0;
    }
    result.samples += batch.size;
  }
  const auto count = static_cast<double>(std::max<int64_t>(result.samples, 1));
  int64_t all_right = 0;
  for (int64_t c = 0; c < classes; ++c) {
    all_right += right[c];
    result.of_class.push_back(seen[c] > 0 ? double(right[c]) / double(seen[c])
                                          : std::numeric_limits<double>::quiet_NaN());
  }
  result.top1 = double(all_right) / count;
  result.top5 = double(right_in_five) / count;
  result.cross_entropy = entropy / count;
  return result;
}
}  // namespace

Accuracy measure_accuracy(const nn::Network& network, const nn::Weights& weights, data::Loader& loader) {
  return accuracy_of(logits_of(network, weights), network.classes, loader);
}

Accuracy measure_accuracy(Teacher& teacher, int64_t classes, data::Loader& loader) {
  return accuracy_of(logits_of(teacher), classes, loader);
}

nlohmann::ordered_json to_json(const Accuracy& accuracy, const std::vector<std::string>& class_names) {
  nlohmann::ordered_json json = {{"samples", accuracy.samples},
                                 {"top1", accuracy.top1},
                                 {"top5", accuracy.top5},
                                 {"cross_entropy", accuracy.cross_entropy}};
  for (size_t i = 0; i < accuracy.of_class.size() && i < class_names.size(); ++i) {
    const double share = accuracy.of_class[i];
    auto& entry = json["top1_of_class"][class_names[i]];  // null where no sample has the class
    if (!std::isnan(share)) entry = share;
  }
  return json;
}
}  // namespace retort::model
