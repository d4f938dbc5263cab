// Boxes from VOC, YOLO, KITTI and COCO files.
#include <gtest/gtest.h>

#include "core/yaml_list.h"
#include "data/sets/coco.h"
#include "data/sets/kitti.h"
#include "data/sets/voc.h"
#include "data/sets/yolo.h"
#include "io/png.h"
#include "support/file_trees.h"
#include "support/hostile_input.h"

namespace retort::data {
namespace {

using tests::refusal_of;
using tests::tree_of;

std::string blank_png(int width, int height) { return io::encode_png(io::make_image(width, height, 3)); }

const std::string voc_sample =
    "<?xml version=\"1.0\"?><annotation><size><width>20</width></size>"
    "<object><name>dog</name><difficult>1</difficult>"
    "<bndbox><xmin>1</xmin><ymin>2</ymin><xmax>10</xmax><ymax>50</ymax></bndbox></object>"
    "<object><name> cat </name><bndbox><xmin>3.5</xmin><ymin>1</ymin><xmax>4</xmax><ymax>1</ymax></bndbox></object>"
    "</annotation>";

TEST(Voc, reads_boxes_counted_from_one) {
  const auto objects = parse_voc_annotation(voc_sample, "a.xml");
  ASSERT_EQ(objects.size(), 2u);
  EXPECT_EQ(objects[0].name, "dog");
  EXPECT_EQ(objects[0].box, (Box{.x_min = 0, .y_min = 1, .x_max = 10, .y_max = 50, .difficult = true}));
  EXPECT_EQ(objects[1].name, "cat");
  EXPECT_EQ(objects[1].box, (Box{.x_min = 2.5, .y_min = 0, .x_max = 4, .y_max = 1}));
}

TEST(Voc, opens_a_split_and_cuts_boxes_at_the_border) {
  const std::vector<std::pair<std::string, std::string>> files = {
      {"Annotations/a.xml", voc_sample}, {"JPEGImages/a.jpg", blank_png(20, 10)}, {"train.txt", "a\n\n"}};
  const auto set = open_voc(tree_of(files), "train");
  EXPECT_EQ(set->class_names(), (std::vector<std::string>{"cat", "dog"}));
  const Sample sample = set->sample(0);
  ASSERT_EQ(sample.boxes.size(), 2u);
  EXPECT_EQ(sample.boxes[0], (Box{.x_min = 0, .y_min = 1, .x_max = 10, .y_max = 10, .label = 1, .difficult = true}));
  EXPECT_EQ(set->task(), Task::detection);
  auto named = files;
  named.emplace_back("classes.txt", "dog\n");
  EXPECT_EQ(refusal_of([&] { open_voc(tree_of(named), "train"); }),
            "set.tar:Annotations/a.xml: 'cat' is not in classes.txt");
  EXPECT_EQ(refusal_of([&] { open_voc(tree_of(files), "val"); }), "set.tar:val.txt: is absent");
}

TEST(Voc, says_what_is_wrong) {
  const auto refusal = [](const std::string& xml) { return refusal_of([&] { parse_voc_annotation(xml, "a.xml"); }); };
  EXPECT_TRUE(refusal("<annotation><object>").starts_with("a.xml: is no well-formed XML: "));
  EXPECT_EQ(refusal("<a/>"), "a.xml: has no <annotation>; a VOC annotation begins with it");
  EXPECT_EQ(refusal("<annotation><object><name>x</name></object></annotation>"), "a.xml: an object has no <bndbox>");
  const std::string box = "<bndbox><xmin>5</xmin><ymin>1</ymin><xmax>4</xmax><ymax>1</ymax></bndbox>";
  EXPECT_NE(refusal("<annotation><object><name>x</name>" + box + "</object></annotation>").find("has no extent"),
            std::string::npos);
  EXPECT_EQ(refusal("<annotation><object><name>x</name><bndbox><xmin>many</xmin></bndbox></object></annotation>"),
            "a.xml: an object's <xmin> is 'many'; a number of pixels is expected");
  // Entities are not expanded.
  const std::string bomb = "<!DOCTYPE a [<!ENTITY x \"xxxxxxxxxx\">]><annotation><object><name>&x;</name>" +
                           box.substr(0, 8) +
                           "<xmin>1</xmin><ymin>1</ymin><xmax>4</xmax><ymax>1</ymax></bndbox></object></annotation>";
  EXPECT_EQ(parse_voc_annotation(bomb, "a.xml")[0].name, "&x;");
}

TEST(Voc, survives_damage_everywhere) {
  tests::damage_everywhere(voc_sample, [](const std::string& damaged) { parse_voc_annotation(damaged, "damaged"); });
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "<a>";
  EXPECT_NE(refusal_of([&] { parse_voc_annotation(deep, "deep"); }).find("no well-formed XML"), std::string::npos);
}

TEST(Yolo, reads_boxes_and_outlines) {
  const auto boxes = parse_yolo_labels("1 0.5 0.5 0.5 0.25\r\n\n0 0.1 0.2 0.3 0.2 0.2 0.6\n", "a.txt", 2);
  ASSERT_EQ(boxes.size(), 2u);
  EXPECT_EQ(boxes[0], (Box{.x_min = 0.25, .y_min = 0.375, .x_max = 0.75, .y_max = 0.625, .label = 1}));
  EXPECT_EQ(boxes[1], (Box{.x_min = 0.1f, .y_min = 0.2f, .x_max = 0.3f, .y_max = 0.6f, .label = 0}));
  const auto set = open_yolo(tree_of({{"images/val/a.png", blank_png(8, 16)},
                                      {"images/val/b.png", blank_png(8, 8)},
                                      {"labels/val/a.txt", "1 0.5 0.5 0.5 0.25"},
                                      {"set.yaml", "names: [cat, dog]\n"}}),
                             "val");
  ASSERT_EQ(set->size(), 2);
  EXPECT_EQ(set->sample(0).boxes[0], (Box{.x_min = 2, .y_min = 6, .x_max = 6, .y_max = 10, .label = 1}));
  EXPECT_TRUE(set->sample(1).boxes.empty());
}

TEST(Yolo, says_what_is_wrong) {
  const auto refusal = [](const std::string& text) { return refusal_of([&] { parse_yolo_labels(text, "a.txt", 2); }); };
  EXPECT_EQ(refusal("0 0.5 0.5 0.5 0.5\n2 0.5 0.5 0.5 0.5"), "a.txt:2: class 2; there are classes 0 to 1");
  EXPECT_EQ(refusal("0.5 0.5 0.5 0.5 0.5"), "a.txt:1: class 0.5; there are classes 0 to 1");
  EXPECT_EQ(refusal("0 a 0.5 0.5 0.5"), "a.txt:1: 'a' is no number");
  EXPECT_EQ(refusal("0 320 0.5 0.5 0.5"), "a.txt:1: 320 is no share of the picture's width or height (0 to 1)");
  EXPECT_NE(refusal("0 0.5 0.5 0 0.5").find("has no extent"), std::string::npos);
  EXPECT_NE(refusal("0 0.5 0.5 0.5").find("4 numbers"), std::string::npos);
  EXPECT_EQ(parse_yolo_names("names:\n  0: cat\n  1: dog\n", "a.yaml"), (std::vector<std::string>{"cat", "dog"}));
  EXPECT_EQ(refusal_of([] { parse_yolo_names("names: {0: cat, 2: dog}", "a.yaml"); }), "a.yaml: 'names' has no name 1");
  EXPECT_EQ(refusal_of([] { parse_yolo_names("train: x", "a.yaml"); }), "a.yaml: has no key 'names'");
  EXPECT_NE(refusal_of([] { parse_yolo_names("names: [", "a.yaml"); }).find("not valid YAML"), std::string::npos);
}

TEST(Yolo, survives_damage_everywhere) {
  tests::damage_everywhere("1 0.5 0.5 0.5 0.25\n0 0.1 0.2 0.3 0.2 0.2 0.6\n",
                           [](const std::string& damaged) { parse_yolo_labels(damaged, "damaged", 2); });
}

const std::string kitti_car = "Car 0.00 0 1.85 2.5 1 4.25 3 1.67 1.87 3.69 -16.53 2.39 58.49 1.57";
const std::string kitti_sample = kitti_car + "\r\n\n" +
                                 "DontCare -1 -1 -10 503.89 169.71 590.61 190.13 -1 -1 -1 -1000 -1000 -1000 -10\n" +
                                 "Cyclist 0.51 1 -1.65 0 0 90 7 1.86 0.60 2.02 4.59 1.32 45.84 -1.55 0.9\n" +
                                 "Tram 0 3 -1.65 1 1 2 2 1 1 1 1 1 1 1\n";

TEST(Kitti, reads_boxes_and_leaves_out_what_nobody_cares_for) {
  const auto boxes = parse_kitti_labels(kitti_sample, "a.txt");
  ASSERT_EQ(boxes.size(), 3u);
  EXPECT_EQ(boxes[0], (Box{.x_min = 2.5, .y_min = 1, .x_max = 4.25, .y_max = 3, .label = 0}));
  EXPECT_EQ(kitti_classes()[size_t(boxes[1].label)], "Cyclist");
  EXPECT_TRUE(boxes[1].difficult);  // truncated by more than half
  EXPECT_EQ(kitti_classes()[size_t(boxes[2].label)], "Tram");
  EXPECT_TRUE(boxes[2].difficult);  // occlusion unknown
  EXPECT_TRUE(parse_kitti_labels("", "a.txt").empty());
}

TEST(Kitti, opens_a_split_with_labels_or_without) {
  const auto set = open_kitti(tree_of({{"training/image_2/a.png", blank_png(20, 10)},
                                       {"training/image_2/b.png", blank_png(20, 10)},
                                       {"training/label_2/a.txt", kitti_sample},
                                       {"training/label_2/b.txt", ""},
                                       {"testing/image_2/c.png", blank_png(20, 10)}}),
                              "training");
  ASSERT_EQ(set->size(), 2);
  EXPECT_EQ(set->class_count(), 8);
  EXPECT_EQ(set->sample(0).boxes[1].x_max, 20);
  EXPECT_TRUE(set->sample(1).boxes.empty());
  const auto tree = tree_of({{"training/image_2/a.png", blank_png(4, 4)},
                             {"training/label_2/b.txt", ""},
                             {"testing/image_2/c.png", blank_png(4, 4)}});
  EXPECT_EQ(refusal_of([&] { open_kitti(tree, "training"); }), "set.tar:training/label_2/a.txt: is absent");
  EXPECT_TRUE(open_kitti(tree, "testing")->sample(0).boxes.empty());
  EXPECT_EQ(refusal_of([&] { open_kitti(tree, "val"); }), "set.tar:val/image_2: holds no PNG or JPEG");
}

TEST(Kitti, says_what_is_wrong) {
  const auto changed = [](const std::string& from, const std::string& to) {
    std::string line = kitti_car;
    line.replace(line.find(from), from.size(), to);
    return refusal_of([&] { parse_kitti_labels("\n" + line, "a.txt"); });
  };
  EXPECT_EQ(changed("Car", "car"), "a.txt:2: 'car' is no type of KITTI; did you mean 'Car'?");
  EXPECT_EQ(changed("0.00", "1.5"), "a.txt:2: truncated by 1.5; 0 to 1 is expected");
  EXPECT_EQ(changed(" 0 ", " 4 "), "a.txt:2: occlusion 4; 0, 1, 2 or 3 is expected");
  EXPECT_EQ(changed(" 0 ", " 0.5 "), "a.txt:2: occlusion 0.5; 0, 1, 2 or 3 is expected");
  EXPECT_EQ(changed("4.25", "2.5"), "a.txt:2: the box (2.5 to 2.5, 1 to 3) has no extent");
  EXPECT_EQ(changed("58.49", "far"), "a.txt:2: 'far' is no number as KITTI has them");
  EXPECT_EQ(changed("58.49", "1e9"), "a.txt:2: '1e9' is no number as KITTI has them");
  EXPECT_EQ(changed("58.49", "nan"), "a.txt:2: 'nan' is no number as KITTI has them");
  EXPECT_EQ(changed("58.49 1.57", "58.49"),
            "a.txt:2: 14 words; a type and 14 numbers are expected (and a score, in results)");
}

TEST(Kitti, survives_damage_everywhere) {
  tests::damage_everywhere(kitti_sample, [](const std::string& damaged) { parse_kitti_labels(damaged, "damaged"); });
}

const std::string coco_sample = R"({"images":[{"id":7,"file_name":"b.png"},{"id":3,"file_name":"a.png"}],)"
                                R"("categories":[{"id":90,"name":"dog"},{"id":2,"name":"cat"}],)"
                                R"("annotations":[{"image_id":7,"category_id":90,"bbox":[1,2,3.5,4],"iscrowd":1},)"
                                R"({"image_id":7,"category_id":2,"bbox":[0,0,1,1],"iscrowd":0}]})";

TEST(Coco, reads_boxes_and_closes_the_gaps_of_classes) {
  const auto parsed = parse_coco(coco_sample, "a.json");
  EXPECT_EQ(parsed.class_names, (std::vector<std::string>{"cat", "dog"}));
  ASSERT_EQ(parsed.items.size(), 2u);
  EXPECT_EQ(parsed.items[0].picture, "a.png");
  ASSERT_EQ(parsed.items[1].boxes.size(), 2u);
  EXPECT_EQ(parsed.items[1].boxes[0],
            (Box{.x_min = 1, .y_min = 2, .x_max = 4.5, .y_max = 6, .label = 1, .difficult = true}));
  const auto set = open_coco(tree_of({{"annotations/instances_val.json", coco_sample},
                                      {"images/val/a.png", blank_png(4, 4)},
                                      {"images/val/b.png", blank_png(4, 4)}}),
                             "val");
  EXPECT_EQ(set->sample(1).boxes[0].x_max, 4);
  EXPECT_EQ(refusal_of([] {
              open_coco(tree_of({{"annotations/instances_val.json", coco_sample}}), "val");
            }),
            "set.tar:images/a.png: is absent");
}

TEST(Coco, says_what_is_wrong) {
  const auto changed = [](const std::string& from, const std::string& to) {
    std::string json = coco_sample;
    json.replace(json.find(from), from.size(), to);
    return refusal_of([&] { parse_coco(json, "a.json"); });
  };
  EXPECT_EQ(changed("\"image_id\":7", "\"image_id\":8"), "a.json: an annotation is of picture 8, which is not listed");
  EXPECT_EQ(changed("\"category_id\":2", "\"category_id\":1"),
            "a.json: an annotation is of category 1, which is not listed");
  EXPECT_EQ(changed("[1,2,3.5,4]", "[1,2,-3,4]"), "a.json: a bbox of picture 7 is not [x, y, width, height]");
  EXPECT_EQ(changed("[1,2,3.5,4]", "[1,2,3]"), "a.json: a bbox of picture 7 is not [x, y, width, height]");
  EXPECT_EQ(changed("\"id\":3", "\"id\":7"), "a.json: picture 7 comes twice");
  EXPECT_EQ(changed("\"id\":3", "\"id\":\"x\""), "a.json: 'id' of an entry of 'images' is no whole number");
  EXPECT_EQ(changed("categories", "groups"), "a.json: has no list 'categories'");
}

TEST(Coco, survives_damage_everywhere) {
  tests::damage_everywhere(coco_sample, [](const std::string& damaged) { parse_coco(damaged, "damaged"); });
}

}  // namespace
}  // namespace retort::data
