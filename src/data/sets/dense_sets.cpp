// Named sets and formats with label maps or boxes.
#include <utility>

#include "core/errors.h"
#include "core/registries.h"
#include "data/sets/coco.h"
#include "data/sets/file_tree.h"
#include "data/sets/segmentation_pairs.h"
#include "data/sets/text_lists.h"
#include "data/sets/voc.h"
#include "data/sets/yolo.h"

namespace retort::data {
namespace {

DatasetPtr open_camvid(const DatasetPlace& place) {
  return make_segmentation_pairs(open_file_tree(place.folder),
                                 {.pictures = place.split,
                                  .labels = place.split + "annot",
                                  .class_names = {"sky", "building", "pole", "road", "pavement", "tree", "sign",
                                                  "fence", "car", "pedestrian", "bicyclist"},
                                  .void_label = 11});
}

DatasetPtr open_segmentation_pairs(const DatasetPlace& place) {
  auto tree = open_file_tree(place.folder);
  auto classes = read_list(*tree, "classes.txt");
  return make_segmentation_pairs(
      tree, {.pictures = place.split, .labels = place.split + "annot", .class_names = std::move(classes)});
}

DatasetPtr open_voc_place(const DatasetPlace& place) { return open_voc(open_file_tree(place.folder), place.split); }
DatasetPtr open_yolo_place(const DatasetPlace& place) { return open_yolo(open_file_tree(place.folder), place.split); }
DatasetPtr open_coco_place(const DatasetPlace& place) { return open_coco(open_file_tree(place.folder), place.split); }

}  // namespace
}  // namespace retort::data

namespace retort {

void register_dense_sets(Registries& registries) {
  using namespace data;
  const auto add = [&](const std::string& name, const char* task, DataSetKind kind) {
    kind.task = task;
    registries.data_sets.add(name, std::move(kind));
  };
  const std::vector<std::string> train_and_val = {"train", "val"};
  add("camvid_small", "segmentation",
      {.summary = "CamVid, 11 classes, 240x180", .splits = {"train", "val", "test"}, .open = open_camvid});
  add("segmentation_pairs", "segmentation",
      {.summary = "SPLIT/NAME.jpg, SPLITannot/NAME.png (grey: class numbers, 255 void), classes.txt",
       .is_format = true,
       .open = open_segmentation_pairs});
  add("detection_bccd", "detection",
      {.summary = "blood cells, 60 pictures, 3 classes (VOC)", .splits = train_and_val, .open = open_voc_place});
  add("detection_coco8", "detection",
      {.summary = "8 pictures of COCO, 80 classes (YOLO)", .splits = train_and_val, .open = open_yolo_place});
  add("voc", "detection",
      {.summary = "Annotations/NAME.xml, JPEGImages/NAME.jpg, [ImageSets/Main/]SPLIT.txt",
       .is_format = true,
       .open = open_voc_place});
  add("yolo", "detection",
      {.summary = "images/SPLIT/NAME.jpg, labels/SPLIT/NAME.txt, one YAML file with names",
       .is_format = true,
       .open = open_yolo_place});
  add("coco", "detection",
      {.summary = "annotations/instances_SPLIT.json, images/SPLIT, SPLIT or images",
       .is_format = true,
       .open = open_coco_place});
}

}  // namespace retort
