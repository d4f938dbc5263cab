// Samples of two pictures, a small one and the same n times as large: what moves one moves the other.
#include <gtest/gtest.h>

#include "data/sets/sample.h"
#include "data/transforms/geometry.h"
#include "data/transforms/resize.h"
#include "support/hostile_input.h"
#include "support/jpeg_writer.h"

namespace retort::data {
namespace {

using tests::refusal_of;
using tests::sample_picture;

TEST(PairedSamples, move_together) {
  Sample sample{.image = to_planes(sample_picture(6, 4, 3)), .detail = to_planes(sample_picture(18, 12, 3))};
  const Picture large = sample.detail;
  crop_sample(sample, {1, 2, 2, 3});
  EXPECT_EQ(sample.detail, crop_picture(large, {3, 6, 6, 9}));
  mirror_sample(sample);
  EXPECT_EQ(sample.detail.row(0, 0)[0], large.row(0, 3)[14]);
  EXPECT_NE(refusal_of([&] { resize_sample(sample, 4, 4, ResizeFilter::bilinear); }).find("part the sizes"),
            std::string::npos);
}

}  // namespace
}  // namespace retort::data
