#include "data/collate.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "support/hostile_input.h"
#include "support/registered_transforms.h"

namespace retort::data {
namespace {

using tests::refusal_of;

// Given samples as a data set of a task.
class GivenSamples : public Dataset {
 public:
  GivenSamples(Task task, std::vector<Sample> samples) : task_(task), samples_(std::move(samples)) {}

  int64_t size() const override { return int64_t(samples_.size()); }
  Task task() const override { return task_; }
  const std::vector<std::string>& class_names() const override { return names_; }
  int64_t label(int64_t index) const override { return samples_[size_t(index)].label; }
  std::string sample_name(int64_t index) const override { return fmt::format("sample {}", index); }
  Sample sample(int64_t index) const override { return samples_[size_t(index)]; }

 private:
  Task task_;
  std::vector<Sample> samples_;
  std::vector<std::string> names_ = {"a", "b"};
};

Sample two_pixels(uint8_t value) { return {.image = {1, 1, 2, {value, 255}}}; }

Batch batch_of(Task task, std::vector<Sample> samples, const std::vector<int64_t>& indices,
               const std::vector<std::string>& transforms = {}) {
  return collate(GivenSamples(task, std::move(samples)), tests::pipeline_of(transforms), indices, RandomTree(1));
}

TEST(Collate, pictures_and_classes) {
  Sample first = two_pixels(0), second = two_pixels(51);
  first.label = 1;
  second.label = 0;
  const Batch batch = batch_of(Task::classification, {first, second}, {1, 0, 1});
  EXPECT_EQ(batch.size, 3);
  EXPECT_TRUE(at::allclose(batch.image(), at::tensor({0.2f, 1.f, 0.f, 1.f, 0.2f, 1.f}).reshape({3, 1, 1, 2})));
  EXPECT_TRUE(at::equal(batch.target(), at::tensor({0, 1, 0}, at::kLong)));
  EXPECT_TRUE(at::equal(batch.sample_index(), at::tensor({1, 0, 1}, at::kLong)));
  EXPECT_EQ(batch.sample_random[1].key(), RandomTree(1).child(uint64_t(0)).key());
}

TEST(Collate, label_maps_move_with_their_pictures) {
  Sample sample = two_pixels(0);
  sample.mask = {1, 1, 2, {7, 255}};
  const Batch batch = batch_of(Task::segmentation, {sample}, {0}, {"flip(1)"});
  EXPECT_TRUE(at::equal(batch.target(), at::tensor({255, 7}, at::kLong).reshape({1, 1, 2})));
  EXPECT_EQ(refusal_of([] { batch_of(Task::segmentation, {two_pixels(0)}, {0}); }),
            "sample 0: its label map is 0x0, its picture 2x1");
}

TEST(Collate, label_maps_stay_with_their_pictures_through_random_changes) {
  Sample sample{.image = make_picture(1, 6, 7)};
  for (size_t i = 0; i < sample.image.pixels.size(); ++i) sample.image.pixels[i] = uint8_t(i + 1);
  sample.mask = sample.image;
  const std::vector<Sample> samples(8, sample);
  const Batch batch = batch_of(Task::segmentation, samples, {0, 1, 2, 3, 4, 5, 6, 7},
                               {"random_crop(size=5, padding=2)", "flip", "resize(10)"});
  EXPECT_EQ(batch.target().sizes(), (at::IntArrayRef{8, 10, 10}));
  EXPECT_FALSE(at::equal(batch.target().slice(0, 1), batch.target().slice(0, 0, 7)));
  // Enlarged twofold the corner pixels are mixtures; the crop itself says where each label lies.
  const Batch plain =
      batch_of(Task::segmentation, samples, {0, 1, 2, 3, 4, 5, 6, 7}, {"random_crop(size=5, padding=2)", "flip"});
  const auto values = (plain.image().squeeze(1) * 255).round().to(at::kLong);
  EXPECT_TRUE(at::equal(at::where(values.eq(0), at::full_like(values, 255), values), plain.target()));
  EXPECT_TRUE(at::equal(plain.target().repeat_interleave(2, 1).repeat_interleave(2, 2), batch.target()));
}

TEST(Collate, transforms_that_would_part_picture_and_label_map_are_refused) {
  Sample sample{.image = make_picture(3, 4, 4), .mask = make_picture(1, 4, 4)};
  for (const char* transform : {"rand_augment", "auto_augment(cifar10)"})
    EXPECT_NE(refusal_of([&] { batch_of(Task::segmentation, {sample}, {0}, {transform}); }).find("not its label map"),
              std::string::npos)
        << transform;
}

TEST(Collate, large_pictures_of_pairs_are_targets) {
  Sample sample = two_pixels(0);
  sample.detail = {1, 2, 4, {0, 51, 102, 153, 204, 255, 0, 51}};
  const Batch batch = batch_of(Task::super_resolution, {sample}, {0}, {"flip(1)", "normalise(mean=0.5, stddev=0.5)"});
  EXPECT_TRUE(
      at::allclose(batch.target(), at::tensor({0.6f, 0.4f, 0.2f, 0.f, 0.2f, 0.f, 1.f, 0.8f}).reshape({1, 1, 2, 4})));
  Sample other = sample;
  other.detail = {1, 1, 2, {0, 51}};
  EXPECT_NE(refusal_of([&] {
              batch_of(Task::super_resolution, {sample, other}, {0, 1});
            }).find("has a large picture"),
            std::string::npos);
}

TEST(Collate, boxes_are_ragged) {
  Sample crowd = two_pixels(0);
  crowd.boxes = {{.x_min = 0, .y_min = 0, .x_max = 1, .y_max = 1, .label = 1},
                 {.x_min = 1, .y_min = 0, .x_max = 2, .y_max = 1, .label = 0, .difficult = true}};
  const Batch batch = batch_of(Task::detection, {crowd, two_pixels(9)}, {1, 0});
  EXPECT_EQ(batch.columns.count("target"), 0u);
  const Ragged& boxes = batch.ragged_column("boxes");
  EXPECT_EQ(boxes.rows(), 2);
  EXPECT_EQ(boxes.row(0).size(0), 0);
  EXPECT_TRUE(at::equal(boxes.row(1)[1], at::tensor({1.f, 0.f, 2.f, 1.f})));
  EXPECT_TRUE(at::equal(batch.ragged_column("box_labels").row(1), at::tensor({1, 0}, at::kLong)));
  EXPECT_TRUE(batch.ragged_column("box_difficult").row(1)[1].item<bool>());
  EXPECT_EQ(batch_of(Task::detection, {two_pixels(9)}, {0}).ragged_column("boxes").values.sizes(),
            (at::IntArrayRef{0, 4}));
}

TEST(Collate, pictures_alone) {
  const Batch batch = batch_of(Task::none, {two_pixels(9)}, {0});
  EXPECT_EQ(batch.columns.count("target"), 0u);
  EXPECT_EQ(batch.image().size(3), 2);
}

}  // namespace
}  // namespace retort::data
