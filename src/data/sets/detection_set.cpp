#include "data/sets/detection_set.h"

#include <algorithm>
#include <utility>

#include "core/errors.h"
#include "data/sets/decode.h"

namespace retort::data {
namespace {

class DetectionSet : public Dataset {
 public:
  explicit DetectionSet(DetectionParts parts) : parts_(std::move(parts)) {
    if (parts_.items.empty()) user_error("{}: has no pictures", parts_.tree->root());
    for (const auto& item : parts_.items) {
      if (!parts_.tree->contains(item.picture)) user_error("{}: is absent", parts_.tree->full_name(item.picture));
    }
  }

  int64_t size() const override { return int64_t(parts_.items.size()); }
  Task task() const override { return Task::detection; }
  const std::vector<std::string>& class_names() const override { return parts_.class_names; }
  int64_t label(int64_t) const override { return -1; }
  std::string sample_name(int64_t index) const override {
    return parts_.tree->full_name(parts_.items[size_t(index)].picture);
  }

  Sample sample(int64_t index) const override {
    const DetectionItem& item = parts_.items[size_t(index)];
    Sample sample{.image = decode_rgb(*parts_.tree, item.picture), .boxes = item.boxes};
    const auto width = float(sample.image.width), height = float(sample.image.height);
    const float x_unit = parts_.relative ? width : 1, y_unit = parts_.relative ? height : 1;
    for (Box& box : sample.boxes) {
      box.x_min = std::clamp(box.x_min * x_unit, 0.f, width);
      box.x_max = std::clamp(box.x_max * x_unit, 0.f, width);
      box.y_min = std::clamp(box.y_min * y_unit, 0.f, height);
      box.y_max = std::clamp(box.y_max * y_unit, 0.f, height);
    }
    std::erase_if(sample.boxes, [](const Box& box) { return box.x_max <= box.x_min || box.y_max <= box.y_min; });
    return sample;
  }

 private:
  DetectionParts parts_;
};

}  // namespace

DatasetPtr make_detection_set(DetectionParts parts) { return std::make_shared<DetectionSet>(std::move(parts)); }

}  // namespace retort::data
