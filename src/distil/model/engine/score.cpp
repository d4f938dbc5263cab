#include "distil/model/engine/score.h"

#include <ATen/ATen.h>

#include <nlohmann/json.hpp>

#include "run/job.h"

namespace retort::model {

namespace {
bool labels_pixels(const data::Loader& loader) { return loader.dataset().task() == data::Task::segmentation; }
}  // namespace

Score measure_score(const nn::Network& network, const nn::Weights& weights, data::Loader& loader) {
  if (labels_pixels(loader)) return measure_map_accuracy(logits_of(network, weights), network.classes, loader);
  return measure_accuracy(network, weights, loader);
}

Score measure_score(Teacher& teacher, int64_t classes, data::Loader& loader) {
  if (labels_pixels(loader)) return measure_map_accuracy(logits_of(teacher), classes, loader);
  return measure_accuracy(teacher, classes, loader);
}

double leading_share(const Score& score) {
  if (const auto* maps = std::get_if<MapAccuracy>(&score)) return maps->mean_iou;
  return std::get<Accuracy>(score).top1;
}

const char* leading_name(const Score& score) { return std::holds_alternative<MapAccuracy>(score) ? "miou" : "top1"; }

int64_t samples_of(const Score& score) {
  return std::visit([](const auto& accuracy) { return accuracy.samples; }, score);
}

void record_score(const Score& score, run::Recorder& recorder) {
  if (const auto* maps = std::get_if<MapAccuracy>(&score)) {
    recorder.scalar("eval/miou", maps->mean_iou);
    recorder.scalar("eval/pixel_accuracy", maps->pixel_accuracy);
    recorder.scalar("eval/cross_entropy", maps->cross_entropy);
    return;
  }
  const auto& classes = std::get<Accuracy>(score);
  recorder.scalar("eval/top1", classes.top1);
  recorder.scalar("eval/top5", classes.top5);
  recorder.scalar("eval/cross_entropy", classes.cross_entropy);
}

nlohmann::ordered_json to_json(const Score& score, const std::vector<std::string>& class_names) {
  return std::visit([&](const auto& accuracy) { return to_json(accuracy, class_names); }, score);
}

}  // namespace retort::model
