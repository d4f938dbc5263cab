#include "distil/model/engine/prediction.h"

#include <ATen/ATen.h>
#include <fmt/core.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>

#include "core/errors.h"

namespace retort::model {

namespace {
/// A field of RFC 4180.
std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char letter : text) quoted += letter == '"' ? std::string("\"\"") : std::string(1, letter);
  return quoted + "\"";
}

void add_predictions(const TrainedNetwork& model, const std::vector<at::Tensor>& images,
                     std::vector<Prediction>::iterator predictions) {
  nn::GivenSource source(model.weights);
  const auto logits = model.network->forward(nn::Scope(source), at::stack(images));
  const auto shares = logits.to(at::kDouble).softmax(1).to(at::kFloat).contiguous();
  const int64_t classes = shares.size(1);
  for (int64_t i = 0; i < shares.size(0); ++i, ++predictions) {
    const float* row = shares.data_ptr<float>() + i * classes;
    predictions->probabilities.assign(row, row + classes);
  }
}
}  // namespace

std::vector<int64_t> Prediction::best(int64_t count) const {
  std::vector<int64_t> order(probabilities.size());
  std::iota(order.begin(), order.end(), 0);
  const auto end = order.begin() + std::min<int64_t>(count, int64_t(order.size()));
  std::partial_sort(order.begin(), end, order.end(), [this](int64_t a, int64_t b) {
    return probabilities[size_t(a)] != probabilities[size_t(b)] ? probabilities[size_t(a)] > probabilities[size_t(b)]
                                                                : a < b;
  });
  order.erase(end, order.end());
  return order;
}

std::vector<Prediction> predict_pictures(const TrainedNetwork& model, const data::PictureReader& reader,
                                         const std::vector<std::filesystem::path>& pictures, int64_t batch_size,
                                         const StopFlag& stop) {
  if (model.network->dense)
    user_error("'{}' is for segmentation: it has no class of a whole picture to predict; `retort eval` measures it",
               model.network->name);
  const at::NoGradGuard no_grad;
  std::vector<Prediction> predictions;
  std::vector<at::Tensor> waiting;
  const auto run = [&] {
    if (!waiting.empty()) add_predictions(model, waiting, predictions.end() - ptrdiff_t(waiting.size()));
    waiting.clear();
  };
  for (const auto& picture : pictures) {
    if (stop.requested()) break;
    auto image = reader.read(picture);
    const bool fits = waiting.empty() || waiting.front().sizes() == image.sizes();
    if (!fits || int64_t(waiting.size()) == batch_size) run();
    predictions.push_back({.picture = picture});
    waiting.push_back(std::move(image));
  }
  run();
  return predictions;
}

nlohmann::ordered_json to_json(const std::vector<Prediction>& predictions, const std::vector<std::string>& class_names,
                               int64_t count) {
  auto json = nlohmann::ordered_json::array();
  for (const auto& prediction : predictions) {
    nlohmann::ordered_json entry = {{"picture", prediction.picture.string()},
                                    {"classes", nlohmann::ordered_json::array()}};
    for (const auto label : prediction.best(count))
      entry["classes"].push_back(
          {{"class", class_names.at(size_t(label))}, {"probability", prediction.probabilities[size_t(label)]}});
    json.push_back(std::move(entry));
  }
  return json;
}

std::string to_csv(const std::vector<Prediction>& predictions, const std::vector<std::string>& class_names) {
  std::string text = "picture,class";
  for (const auto& name : class_names) text += "," + csv_field(name);
  text += "\r\n";
  for (const auto& prediction : predictions) {
    text += csv_field(prediction.picture.string());
    text += "," + csv_field(class_names.at(size_t(prediction.best(1).front())));
    for (const float probability : prediction.probabilities) text += fmt::format(",{}", probability);
    text += "\r\n";
  }
  return text;
}

std::string to_text(const std::vector<Prediction>& predictions, const std::vector<std::string>& class_names,
                    int64_t count) {
  size_t widest_picture = 0, widest_class = 0;
  for (const auto& prediction : predictions) {
    widest_picture = std::max(widest_picture, prediction.picture.string().size());
    for (const auto label : prediction.best(count))
      widest_class = std::max(widest_class, class_names.at(size_t(label)).size());
  }
  std::string text;
  for (const auto& prediction : predictions) {
    auto shown = prediction.picture.string();
    for (const auto label : prediction.best(count)) {
      text += fmt::format("{:<{}}  {:<{}}  {:>6.2f} %\n", shown, widest_picture, class_names.at(size_t(label)),
                          widest_class, 100 * double(prediction.probabilities[size_t(label)]));
      shown.clear();
    }
  }
  return text;
}

}  // namespace retort::model
