#include "data/sets/catalogue.h"

#include <gtest/gtest.h>

#include <numeric>

#include "data/sets/subset.h"
#include "support/hostile_input.h"
#include "support/shared_data.h"

namespace retort {
void register_classification_sets(Registries& registries);
void register_dense_sets(Registries& registries);
}  // namespace retort

namespace retort::data {
namespace {

using tests::refusal_of;

const Registry<DataSetKind>& kinds() {
  static const auto registries = [] {
    auto filled = std::make_unique<Registries>();
    register_classification_sets(*filled);
    register_dense_sets(*filled);
    return filled;
  }();
  return registries->data_sets;
}

// A set of the shared data, which the test must skip itself without.
DatasetPtr open_shared(const std::string& name_and_split, const std::string& folder) {
  const auto place = tests::shared_data("data/" + folder);
  return place ? open_dataset(kinds(), name_and_split, place->string()) : nullptr;
}

double mean_of(const Dataset& set, int64_t count) {
  double sum = 0, pixels = 0;
  for (int64_t i = 0; i < count; ++i) {
    const Sample sample = set.sample(i);
    sum += std::accumulate(sample.image.pixels.begin(), sample.image.pixels.end(), 0.0);
    pixels += double(sample.image.pixels.size());
  }
  return sum / pixels / 255;
}

TEST(Catalogue, says_what_there_is) {
  EXPECT_NE(refusal_of([] { open_dataset(kinds(), "cifra10/train"); }).find("did you mean 'cifar10'"),
            std::string::npos);
  EXPECT_EQ(refusal_of([] { open_dataset(kinds(), "mnist"); }),
            "data set 'mnist' has the splits train, test: write mnist/train");
  EXPECT_EQ(refusal_of([] { open_dataset(kinds(), "mnist/tests"); }),
            "data set 'mnist' has no split 'tests'; did you mean 'test'?; it has train, test");
  EXPECT_NE(refusal_of([] { open_dataset(kinds(), "image_folder/train"); }).find("give a `path`"), std::string::npos);
}

TEST(SharedSets, mnist_and_fashion_mnist) {
  const auto mnist = open_shared("mnist/train", "mnist");
  if (!mnist) GTEST_SKIP() << "no shared data";
  EXPECT_EQ(mnist->size(), 14262);
  EXPECT_EQ(open_shared("mnist/test", "mnist")->size(), 10000);
  const std::vector<int64_t> per_digit = {1429, 1601, 1393, 1477, 1396, 1256, 1415, 1511, 1360, 1424};
  for (int64_t digit = 0; digit < 10; ++digit) {
    EXPECT_EQ(choose_classes(mnist, {std::to_string(digit)})->size(), per_digit[size_t(digit)]);
  }
  EXPECT_NEAR(mean_of(*mnist, mnist->size()), 0.1307, 0.003);
  const auto fashion = open_shared("fashion_mnist/train", "fashion_mnist");
  ASSERT_TRUE(fashion);
  EXPECT_EQ(fashion->size(), 12000);
  EXPECT_EQ(fashion->class_names()[9], "Ankle boot");
  EXPECT_EQ(fashion->label(0), 9);  // the first picture of Fashion-MNIST is an ankle boot
  EXPECT_NEAR(mean_of(*fashion, fashion->size()), 0.2860, 0.002);
}

TEST(SharedSets, exact_cifar10) {
  const auto train = open_shared("cifar10_exact/train", "cifar10");
  if (!train) GTEST_SKIP() << "no shared data";
  EXPECT_EQ(train->size(), 2000);
  const auto test = open_shared("cifar10_exact/test", "cifar10");
  EXPECT_EQ(test->size(), 846);
  // The first test pictures of CIFAR-10: cat, ship, ship, airplane.
  EXPECT_EQ(test->class_names()[size_t(test->label(0))], "cat");
  EXPECT_EQ(test->label(1), 8);
  EXPECT_EQ(test->label(3), 0);
  EXPECT_NEAR(mean_of(*train, train->size()), (0.4914 + 0.4822 + 0.4465) / 3, 0.01);
}

TEST(SharedSets, tiny_imagenet) {
  const auto val = open_shared("tiny_imagenet_30/val", "tiny_imagenet_30");
  if (!val) GTEST_SKIP() << "no shared data";
  EXPECT_EQ(val->size(), 1500);
  EXPECT_EQ(val->class_count(), 30);
  EXPECT_EQ(val->sample(0).image.height, 64);
  EXPECT_EQ(val->sample(0).image.channels, 3);
}

TEST(SharedSets, imagenet_samples) {
  const auto set = open_shared("imagenet_samples", "imagenet_samples");
  if (!set) GTEST_SKIP() << "no shared data";
  EXPECT_EQ(set->size(), 250);
  EXPECT_EQ(set->class_names()[size_t(set->label(1))], "hammerhead");
  EXPECT_EQ(set->sample(249).image.height, 256);
}

TEST(SharedSets, camvid) {
  const auto val = open_shared("camvid_small/val", "camvid_small");
  if (!val) GTEST_SKIP() << "no shared data";
  EXPECT_EQ(val->size(), 101);
  for (int64_t i = 0; i < val->size(); i += 10) {
    const Sample sample = val->sample(i);
    EXPECT_EQ(sample.image.width, 240);
    EXPECT_EQ(sample.mask.height, 180);
  }
  EXPECT_EQ(open_shared("camvid_small/train", "camvid_small")->size(), 367);
}

TEST(SharedSets, boxes) {
  const auto cells = open_shared("detection_bccd/train", "detection_bccd");
  if (!cells) GTEST_SKIP() << "no shared data";
  EXPECT_EQ(cells->size(), 48);
  EXPECT_EQ(cells->class_names(), (std::vector<std::string>{"Platelets", "RBC", "WBC"}));
  EXPECT_EQ(open_shared("detection_bccd/val", "detection_bccd")->size(), 12);
  const auto coco = open_shared("detection_coco8/train", "detection_coco8");
  ASSERT_TRUE(coco);
  EXPECT_EQ(coco->size(), 4);
  EXPECT_EQ(coco->class_count(), 80);
  EXPECT_EQ(coco->class_names()[79], "toothbrush");
  const Sample sample = coco->sample(0);
  ASSERT_FALSE(sample.boxes.empty());
  EXPECT_EQ(coco->class_names()[size_t(sample.boxes[0].label)], "bowl");
}

TEST(SharedSets, roads_and_pictures_in_two_sizes) {
  const auto set14 = open_shared("super_resolution/Set14", "super_resolution");
  if (!set14) GTEST_SKIP() << "no shared data";
  EXPECT_EQ(set14->size(), 14);
  EXPECT_EQ(set14->task(), Task::none);
  EXPECT_EQ(open_shared("super_resolution/T91", "super_resolution")->size(), 50);
  const auto kitti = open_shared("kitti_frames", "kitti_frames");
  ASSERT_EQ(kitti->size(), 3);
  EXPECT_EQ(kitti->task(), Task::detection);
  const Sample road = kitti->sample(1);
  ASSERT_EQ(road.boxes.size(), 3u);
  EXPECT_EQ(kitti->class_names()[size_t(road.boxes[2].label)], "Cyclist");
  for (const auto& [split, count] : {std::pair{"Set5", 5}, {"Set14", 14}, {"BSD100", 12}}) {
    const auto pairs = open_shared(std::string("super_resolution_x4/") + split, "super_resolution");
    ASSERT_EQ(pairs->size(), count);
    for (int64_t i = 0; i < count; ++i) EXPECT_EQ(pairs->sample(i).detail.width, 4 * pairs->sample(i).image.width);
  }
  EXPECT_EQ(open_shared("pictures/Set5/LR_x4", "super_resolution")->size(), 5);
}

TEST(SharedSetsSlow, all_of_cifar10_as_jpeg) {
  const auto train = open_shared("cifar10/train", "cifar10");
  if (!train) GTEST_SKIP() << "no shared data";
  EXPECT_EQ(train->size(), 50000);
  EXPECT_EQ(balanced_samples(train, 5000)->size(), 5000);
  EXPECT_EQ(long_tailed_samples(train, 100)->size(), 12406);
  EXPECT_NEAR(mean_of(*train, train->size()), (0.4914 + 0.4822 + 0.4465) / 3, 0.005);
}

}  // namespace
}  // namespace retort::data
