#include "data/sets/kept_pictures.h"

#include <gtest/gtest.h>

#include <atomic>

#include "core/errors.h"
#include "core/thread_pool.h"
#include "support/hostile_input.h"

namespace retort::data {
namespace {

/// Pictures of 2x1 pixels, filled with their number; the one numbered `odd_one` is wider.
class CountingPictures : public Dataset {
 public:
  explicit CountingPictures(int64_t odd_one = -1) : odd_one_(odd_one) {}

  int64_t size() const override { return 100; }
  const std::vector<std::string>& class_names() const override { return names_; }
  int64_t label(int64_t index) const override { return index % 2; }
  std::string sample_name(int64_t index) const override { return "picture " + std::to_string(index); }
  Sample sample(int64_t index) const override {
    ++decoded;
    auto image = make_picture(3, 1, index == odd_one_ ? 3 : 2);
    for (auto& pixel : image.pixels) pixel = uint8_t(index);
    return {.image = std::move(image), .label = label(index)};
  }

  mutable std::atomic<int> decoded = 0;

 private:
  int64_t odd_one_;
  std::vector<std::string> names_ = {"even", "odd"};
};

TEST(KeptPictures, decodes_a_picture_when_it_is_asked_for_and_once) {
  const auto source = std::make_shared<CountingPictures>();
  const auto kept = keep_decoded(source);
  const int to_open = source->decoded;
  EXPECT_LE(to_open, 1);
  for (int round = 0; round < 3; ++round) {
    const auto sample = kept->sample(7);
    EXPECT_EQ(sample.image, source->CountingPictures::sample(7).image);
    EXPECT_EQ(sample.label, 1);
  }
  EXPECT_EQ(source->decoded, to_open + 1 + 3) << "three of them were this test's own";
  EXPECT_EQ(kept->size(), 100);
  EXPECT_EQ(kept->class_names(), source->class_names());
  EXPECT_EQ(kept->sample_name(7), "picture 7");
}

TEST(KeptPictures, are_the_same_for_many_threads_at_once) {
  const auto kept = keep_decoded(std::make_shared<CountingPictures>());
  ThreadPool pool(4);
  std::atomic<int> wrong = 0;
  pool.run(400, [&](int64_t i) {
    const auto index = i / 4;
    const std::vector<uint8_t> expected(6, uint8_t(index));
    if (kept->sample(index).image.pixels != expected || kept->sample(index).image.pixels != expected) ++wrong;
  });
  EXPECT_EQ(wrong, 0);
}

TEST(KeptPictures, refuse_one_of_another_size_whenever_it_is_asked_for) {
  const auto kept = keep_decoded(std::make_shared<CountingPictures>(5));
  kept->sample(4);
  for (int round = 0; round < 2; ++round)
    EXPECT_EQ(tests::refusal_of([&] { kept->sample(5); }), "picture 5: is a picture [3,1,3] among pictures [3,1,2]");
  EXPECT_EQ(kept->sample(6).image.width, 2);
}

}  // namespace
}  // namespace retort::data
