#include "data/sets/kitti.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "core/errors.h"
#include "core/text.h"
#include "data/sets/detection_set.h"

namespace retort::data {
namespace {

constexpr uint64_t max_kitti_label_bytes = 16u << 20;
constexpr size_t kitti_numbers = 14;  // behind the type; results have a score more
constexpr double largest_kitti_value = 1e7;

std::vector<std::string> kitti_words(const std::string& line) {
  std::vector<std::string> words;
  for (const auto& word : split(line, ' ')) {
    if (std::string trimmed = trim(word); !trimmed.empty()) words.push_back(std::move(trimmed));
  }
  return words;
}

std::array<double, kitti_numbers> numbers_of(const std::vector<std::string>& words, const std::string& where) {
  if (words.size() != kitti_numbers + 1 && words.size() != kitti_numbers + 2) {
    user_error("{}: {} words; a type and {} numbers are expected (and a score, in results)", where, words.size(),
               kitti_numbers);
  }
  std::array<double, kitti_numbers> numbers{};
  for (size_t i = 1; i < words.size(); ++i) {
    double number = 0;
    if (!parse_number(words[i], number) || std::abs(number) > largest_kitti_value) {
      user_error("{}: '{}' is no number as KITTI has them", where, words[i]);
    }
    if (i <= kitti_numbers) numbers[i - 1] = number;
  }
  return numbers;
}

Box kitti_box(const std::array<double, kitti_numbers>& numbers, const std::string& where) {
  const double truncated = numbers[0], occluded = numbers[1];
  if (truncated < 0 || truncated > 1) user_error("{}: truncated by {}; 0 to 1 is expected", where, truncated);
  if (occluded != std::floor(occluded) || occluded < 0 || occluded > 3) {
    user_error("{}: occlusion {}; 0, 1, 2 or 3 is expected", where, occluded);
  }
  const Box box{.x_min = float(numbers[3]),
                .y_min = float(numbers[4]),
                .x_max = float(numbers[5]),
                .y_max = float(numbers[6]),
                .difficult = occluded == 3 || truncated > 0.5};
  if (box.x_max <= box.x_min || box.y_max <= box.y_min) {
    user_error("{}: the box ({} to {}, {} to {}) has no extent", where, box.x_min, box.x_max, box.y_min, box.y_max);
  }
  return box;
}

}  // namespace

const std::vector<std::string>& kitti_classes() {
  static const std::vector<std::string> names = {"Car",     "Van",  "Truck", "Pedestrian", "Person_sitting",
                                                 "Cyclist", "Tram", "Misc"};
  return names;
}

std::vector<Box> parse_kitti_labels(std::string_view text, const std::string& name) {
  std::vector<Box> boxes;
  int64_t line_number = 0;
  for (const auto& line : split(text, '\n')) {
    ++line_number;
    const auto words = kitti_words(line);
    if (words.empty()) continue;
    const std::string where = fmt::format("{}:{}", name, line_number);
    const auto numbers = numbers_of(words, where);
    if (words[0] == "DontCare") continue;
    const auto& classes = kitti_classes();
    const auto place = std::find(classes.begin(), classes.end(), words[0]);
    if (place == classes.end()) {
      user_error("{}: '{}' is no type of KITTI{}", where, words[0], did_you_mean(words[0], classes));
    }
    boxes.push_back(kitti_box(numbers, where));
    boxes.back().label = place - classes.begin();
  }
  return boxes;
}

DatasetPtr open_kitti(std::shared_ptr<const FileTree> tree, const std::string& split) {
  DetectionParts parts{.tree = tree, .class_names = kitti_classes()};
  const std::string pictures = split + "/image_2", labels = split + "/label_2";
  const bool labelled = tree->has_folder(labels);
  for (const auto& picture : tree->names_below(pictures)) {
    if (!has_image_ending(picture)) continue;
    DetectionItem item{.picture = picture};
    if (labelled) {
      const std::string file = labels + "/" + file_stem(picture) + ".txt";
      item.boxes = parse_kitti_labels(tree->read_text(file, max_kitti_label_bytes), tree->full_name(file));
    }
    parts.items.push_back(std::move(item));
  }
  if (parts.items.empty()) user_error("{}: holds no PNG or JPEG", tree->full_name(pictures));
  return make_detection_set(std::move(parts));
}

}  // namespace retort::data
