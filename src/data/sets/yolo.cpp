#include "data/sets/yolo.h"

#include <algorithm>
#include <utility>

#include "core/errors.h"
#include "core/text.h"
#include "core/yaml_list.h"
#include "data/sets/detection_set.h"
#include "data/sets/text_lists.h"

namespace retort::data {
namespace {

constexpr uint64_t max_label_bytes = 64u << 20;
constexpr uint64_t max_yaml_bytes = 1 << 20;

// Numbers of a line, blanks between them. `where` leads the messages.
std::vector<double> line_numbers(const std::string& line, const std::string& where) {
  std::vector<double> numbers;
  for (const auto& word : split(line, ' ')) {
    const std::string trimmed = trim(word);
    if (trimmed.empty()) continue;
    double number = 0;
    if (!parse_number(trimmed, number)) user_error("{}: '{}' is no number", where, trimmed);
    numbers.push_back(number);
  }
  return numbers;
}

Box yolo_box(const std::vector<double>& numbers, const std::string& where) {
  if (numbers.size() == 5) {
    const double x = numbers[1], y = numbers[2], width = numbers[3], height = numbers[4];
    if (width <= 0 || height <= 0)
      user_error("{}: a box of width {} and height {} has no extent", where, width, height);
    return {.x_min = float(x - width / 2),
            .y_min = float(y - height / 2),
            .x_max = float(x + width / 2),
            .y_max = float(y + height / 2)};
  }
  if (numbers.size() < 7 || numbers.size() % 2 == 0) {
    user_error("{}: {} numbers; 'class x y width height', or 'class' and three or more points, are expected", where,
               numbers.size());
  }
  Box box{
      .x_min = float(numbers[1]), .y_min = float(numbers[2]), .x_max = float(numbers[1]), .y_max = float(numbers[2])};
  for (size_t i = 3; i < numbers.size(); i += 2) {
    box.x_min = std::min(box.x_min, float(numbers[i]));
    box.x_max = std::max(box.x_max, float(numbers[i]));
    box.y_min = std::min(box.y_min, float(numbers[i + 1]));
    box.y_max = std::max(box.y_max, float(numbers[i + 1]));
  }
  return box;
}

std::vector<std::string> yolo_classes(const FileTree& tree) {
  std::vector<std::string> files;
  for (const auto& name : tree.names()) {
    const std::string ending = file_ending(name);
    if (name.find('/') == std::string::npos && (ending == ".yaml" || ending == ".yml")) files.push_back(name);
  }
  if (files.size() > 1) user_error("{}: holds several YAML files ({}); keep one", tree.root(), join(files, ", "));
  if (files.size() == 1) return parse_yolo_names(tree.read_text(files[0], max_yaml_bytes), tree.full_name(files[0]));
  return read_list(tree, "classes.txt");
}

}  // namespace

std::vector<Box> parse_yolo_labels(std::string_view text, const std::string& name, int64_t classes) {
  std::vector<Box> boxes;
  int64_t number = 0;
  for (const auto& line : split(text, '\n')) {
    ++number;
    if (trim(line).empty()) continue;
    const std::string where = fmt::format("{}:{}", name, number);
    const auto numbers = line_numbers(line, where);
    const auto label = int64_t(std::clamp(numbers[0], -1.0, double(classes)));
    if (double(label) != numbers[0] || label < 0 || label >= classes) {
      user_error("{}: class {}; there are classes 0 to {}", where, numbers[0], classes - 1);
    }
    for (size_t i = 1; i < numbers.size(); ++i) {
      if (numbers[i] < -1 || numbers[i] > 2) {
        user_error("{}: {} is no share of the picture's width or height (0 to 1)", where, numbers[i]);
      }
    }
    Box box = yolo_box(numbers, where);
    box.label = label;
    boxes.push_back(box);
  }
  return boxes;
}

std::vector<std::string> parse_yolo_names(const std::string& yaml, const std::string& name) {
  return read_yaml_list(yaml, name, "names");
}

DatasetPtr open_yolo(std::shared_ptr<const FileTree> tree, const std::string& split) {
  DetectionParts parts{.tree = tree, .class_names = yolo_classes(*tree), .relative = true};
  const std::string pictures = "images/" + split;
  for (const auto& picture : tree->names_below(pictures)) {
    if (!has_image_ending(picture)) continue;
    const std::string within = picture.substr(std::string("images").size());
    const std::string labels = "labels" + within.substr(0, within.rfind('.')) + ".txt";
    DetectionItem item{.picture = picture};
    if (tree->contains(labels)) {
      item.boxes = parse_yolo_labels(tree->read_text(labels, max_label_bytes), tree->full_name(labels),
                                     int64_t(parts.class_names.size()));
    }
    parts.items.push_back(std::move(item));
  }
  if (parts.items.empty()) user_error("{}: holds no PNG or JPEG", tree->full_name(pictures));
  return make_detection_set(std::move(parts));
}

}  // namespace retort::data
