#include "data/sets/voc.h"

#include <algorithm>
#include <cmath>
#include <pugixml.hpp>
#include <set>
#include <utility>

#include "core/errors.h"
#include "core/text.h"
#include "data/sets/detection_set.h"
#include "data/sets/text_lists.h"

namespace retort::data {
namespace {

constexpr uint64_t max_annotation_bytes = 16u << 20;

// A number that must be there: some tools write 12.5, none writes words.
float voc_number(const pugi::xml_node& parent, const char* key, const std::string& name) {
  double value = 0;
  const std::string text = trim(parent.child_value(key));
  if (!parse_number(text, value) || std::abs(value) > 1e7) {
    user_error("{}: an object's <{}> is '{}'; a number of pixels is expected", name, key, text);
  }
  return float(value);
}

Box voc_box(const pugi::xml_node& object, const std::string& name) {
  const pugi::xml_node corners = object.child("bndbox");
  if (!corners) user_error("{}: an object has no <bndbox>", name);
  Box box{.x_min = voc_number(corners, "xmin", name) - 1,
          .y_min = voc_number(corners, "ymin", name) - 1,
          .x_max = voc_number(corners, "xmax", name),
          .y_max = voc_number(corners, "ymax", name)};
  if (box.x_max <= box.x_min || box.y_max <= box.y_min) {
    user_error("{}: an object's box ({} to {}, {} to {}) has no extent", name, box.x_min + 1, box.x_max, box.y_min + 1,
               box.y_max);
  }
  box.difficult = trim(object.child_value("difficult")) == "1";
  return box;
}

std::string voc_annotation_of(const std::string& picture_name) { return "Annotations/" + picture_name + ".xml"; }

std::vector<VocObject> read_voc_annotation(const FileTree& tree, const std::string& file) {
  return parse_voc_annotation(tree.read_text(file, max_annotation_bytes), tree.full_name(file));
}

std::vector<std::string> voc_classes(const FileTree& tree) {
  if (tree.contains("classes.txt")) return read_list(tree, "classes.txt");
  std::set<std::string> names;
  for (const auto& file : tree.names_below("Annotations")) {
    if (file_ending(file) != ".xml") continue;
    for (const auto& object : read_voc_annotation(tree, file)) names.insert(object.name);
  }
  return {names.begin(), names.end()};
}

}  // namespace

std::vector<VocObject> parse_voc_annotation(std::string_view xml, const std::string& name) {
  pugi::xml_document document;
  const auto result = document.load_buffer(xml.data(), xml.size(), pugi::parse_default, pugi::encoding_auto);
  if (!result) user_error("{}: is no well-formed XML: {} (at byte {})", name, result.description(), result.offset);
  const pugi::xml_node annotation = document.child("annotation");
  if (!annotation) user_error("{}: has no <annotation>; a VOC annotation begins with it", name);
  std::vector<VocObject> objects;
  for (const pugi::xml_node& object : annotation.children("object")) {
    VocObject found{trim(object.child_value("name")), voc_box(object, name)};
    if (found.name.empty()) user_error("{}: an object has no <name>", name);
    objects.push_back(std::move(found));
  }
  return objects;
}

DatasetPtr open_voc(std::shared_ptr<const FileTree> tree, const std::string& split) {
  const std::string plain = split + ".txt", nested = "ImageSets/Main/" + plain;
  DetectionParts parts{.tree = tree, .class_names = voc_classes(*tree)};
  for (const auto& picture_name : read_list(*tree, tree->contains(nested) ? nested : plain)) {
    DetectionItem item{.picture = "JPEGImages/" + picture_name + ".jpg"};
    const std::string file = voc_annotation_of(picture_name);
    for (auto& object : read_voc_annotation(*tree, file)) {
      const auto place = std::find(parts.class_names.begin(), parts.class_names.end(), object.name);
      if (place == parts.class_names.end()) {
        user_error("{}: '{}' is not in classes.txt{}", tree->full_name(file), object.name,
                   did_you_mean(object.name, parts.class_names));
      }
      object.box.label = place - parts.class_names.begin();
      item.boxes.push_back(object.box);
    }
    parts.items.push_back(std::move(item));
  }
  return make_detection_set(std::move(parts));
}

}  // namespace retort::data
