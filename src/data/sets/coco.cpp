#include "data/sets/coco.h"

#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/errors.h"
#include "io/json.h"

namespace retort::data {
namespace {

using Json = nlohmann::json;

constexpr uint64_t max_coco_bytes = uint64_t{1} << 30;

class CocoParser {
 public:
  CocoParser(const Json& root, const std::string& name) : root_(root), name_(name) {
    if (!root_.is_object()) user_error("{}: is no JSON object; COCO annotations are one", name_);
  }

  CocoAnnotations parse() {
    read_categories();
    read_pictures();
    for (const Json& annotation : list("annotations")) read_annotation(annotation);
    CocoAnnotations result;
    for (auto& [id, category] : categories_) result.class_names.push_back(std::move(category.name));
    for (auto& [id, item] : items_) result.items.push_back(std::move(item));
    return result;
  }

 private:
  struct Category {
    int64_t label = 0;
    std::string name;
  };

  const Json& list(const char* key) const {
    const auto found = root_.find(key);
    if (found == root_.end() || !found->is_array()) user_error("{}: has no list '{}'", name_, key);
    return *found;
  }

  const Json& entry(const Json& object, const char* key, const char* what) const {
    const auto found = object.is_object() ? object.find(key) : object.end();
    if (!object.is_object() || found == object.end()) user_error("{}: an entry of '{}' has no '{}'", name_, what, key);
    return *found;
  }

  int64_t integer(const Json& object, const char* key, const char* what) const {
    const Json& value = entry(object, key, what);
    if (!value.is_number_integer()) user_error("{}: '{}' of an entry of '{}' is no whole number", name_, key, what);
    return value.get<int64_t>();
  }

  std::string text(const Json& object, const char* key, const char* what) const {
    const Json& value = entry(object, key, what);
    if (!value.is_string()) user_error("{}: '{}' of an entry of '{}' is no text", name_, key, what);
    return value.get<std::string>();
  }

  void read_categories() {
    for (const Json& category : list("categories")) {
      const int64_t id = integer(category, "id", "categories");
      if (!categories_.emplace(id, Category{0, text(category, "name", "categories")}).second) {
        user_error("{}: category {} comes twice", name_, id);
      }
    }
    int64_t label = 0;
    for (auto& [id, category] : categories_) category.label = label++;
  }

  void read_pictures() {
    for (const Json& picture : list("images")) {
      const int64_t id = integer(picture, "id", "images");
      if (!items_.emplace(id, DetectionItem{text(picture, "file_name", "images")}).second) {
        user_error("{}: picture {} comes twice", name_, id);
      }
    }
  }

  void read_annotation(const Json& annotation) {
    const int64_t picture = integer(annotation, "image_id", "annotations");
    const int64_t category = integer(annotation, "category_id", "annotations");
    const auto item = items_.find(picture);
    if (item == items_.end()) user_error("{}: an annotation is of picture {}, which is not listed", name_, picture);
    const auto known = categories_.find(category);
    if (known == categories_.end()) {
      user_error("{}: an annotation is of category {}, which is not listed", name_, category);
    }
    Box box = corners(entry(annotation, "bbox", "annotations"), picture);
    box.label = known->second.label;
    const auto crowd = annotation.find("iscrowd");
    box.difficult = crowd != annotation.end() && (*crowd == 1 || *crowd == true);
    item->second.boxes.push_back(box);
  }

  Box corners(const Json& bbox, int64_t picture) const {
    double numbers[4] = {};
    bool fits = bbox.is_array() && bbox.size() == 4;
    for (size_t i = 0; fits && i < 4; ++i) {
      fits = bbox[i].is_number();
      if (fits) numbers[i] = bbox[i].get<double>();
      fits = fits && std::abs(numbers[i]) < 1e7;
    }
    if (!fits || numbers[2] < 0 || numbers[3] < 0) {
      user_error("{}: a bbox of picture {} is not [x, y, width, height]", name_, picture);
    }
    return {.x_min = float(numbers[0]),
            .y_min = float(numbers[1]),
            .x_max = float(numbers[0] + numbers[2]),
            .y_max = float(numbers[1] + numbers[3])};
  }

  const Json& root_;
  const std::string& name_;
  std::map<int64_t, Category> categories_;
  std::map<int64_t, DetectionItem> items_;
};

}  // namespace

CocoAnnotations parse_coco(std::string_view json, const std::string& name) {
  const Json root = io::parse_json(json, name);
  return CocoParser(root, name).parse();
}

DatasetPtr open_coco(std::shared_ptr<const FileTree> tree, const std::string& split) {
  const std::string file = "annotations/instances_" + split + ".json";
  CocoAnnotations annotations = parse_coco(tree->read_text(file, max_coco_bytes), tree->full_name(file));
  std::string folder = "images/";
  for (const std::string& tried : {"images/" + split, split}) {
    if (tree->has_folder(tried)) folder = tried + "/";
  }
  for (auto& item : annotations.items) item.picture = folder + item.picture;
  return make_detection_set(
      {.tree = tree, .items = std::move(annotations.items), .class_names = std::move(annotations.class_names)});
}

}  // namespace retort::data
