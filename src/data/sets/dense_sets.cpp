// Named sets and formats with label maps, boxes, or pictures alone.
#include <utility>

#include "core/errors.h"
#include "core/registries.h"
#include "data/sets/coco.h"
#include "data/sets/file_tree.h"
#include "data/sets/kitti.h"
#include "data/sets/picture_list.h"
#include "data/sets/resolution_pairs.h"
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

// Every picture below the folder, without labels.
DatasetPtr open_pictures_below(const std::shared_ptr<const FileTree>& tree, const std::string& folder) {
  PictureListParts parts{.tree = tree};
  for (const auto& name : tree->names_below(folder)) {
    if (has_image_ending(name)) parts.names.push_back(name);
  }
  parts.labels.assign(parts.names.size(), -1);
  return make_picture_list(std::move(parts));
}

DatasetPtr open_pictures(const DatasetPlace& place) {
  return open_pictures_below(open_file_tree(place.folder), place.split);
}

DatasetPtr open_super_resolution(const DatasetPlace& place) {
  return open_pictures_below(open_file_tree(place.folder), place.split == "T91" ? "T91" : place.split + "/HR");
}

DatasetPtr open_super_resolution_x4(const DatasetPlace& place) {
  return make_resolution_pairs(open_file_tree(place.folder), place.split, 4);
}

DatasetPtr open_resolution_pairs_place(const DatasetPlace& place) {
  return open_resolution_pairs(open_file_tree(place.folder), place.split);
}

DatasetPtr open_kitti_place(const DatasetPlace& place) { return open_kitti(open_file_tree(place.folder), place.split); }

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
  add("super_resolution", "none",
      {.summary = "the high-resolution pictures, without labels",
       .splits = {"T91", "Set5", "Set14", "BSD100"},
       .open = open_super_resolution});
  add("super_resolution_x4", "super_resolution",
      {.summary = "pictures in two sizes, x4",
       .splits = {"Set5", "Set14", "BSD100"},
       .folder = "super_resolution",
       .open = open_super_resolution_x4});
  add("super_resolution_pairs", "super_resolution",
      {.summary = "[FOLDER/]HR/NAME.png, [FOLDER/]LR_xN/NAME.png or NAMExN.png; split [FOLDER/]xN",
       .is_format = true,
       .open = open_resolution_pairs_place});
  add("kitti_frames", "detection",
      {.summary = "3 pictures of KITTI, 8 classes", .splits = {"training"}, .open = open_kitti_place});
  add("kitti", "detection",
      {.summary = "SPLIT/image_2/NAME.png, SPLIT/label_2/NAME.txt", .is_format = true, .open = open_kitti_place});
  add("pictures", "none",
      {.summary = "every PNG and JPEG below [SPLIT], without labels", .is_format = true, .open = open_pictures});
}

}  // namespace retort
