#include "data/soft_labels/record.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <numeric>

#include "io/bytes.h"
#include "io/dtype.h"
#include "support/hostile_input.h"
#include "support/soft_label_samples.h"

namespace retort::data {
namespace {

using tests::drawn_logits;
using tests::soft_label_header;
using tests::softmax_of;

struct ReadLabel {
  std::vector<float> logits, feature;
};

std::string written(const SoftLabelHeader& header, const std::vector<float>& logits, const std::vector<float>& feature,
                    SoftLabelError& error) {
  std::string bytes;
  append_soft_label(header, logits, feature, 0, bytes, error);
  return bytes;
}

ReadLabel read_back(const SoftLabelHeader& header, const std::string& bytes) {
  ReadLabel label{std::vector<float>(size_t(header.classes)), std::vector<float>(size_t(header.feature_width))};
  read_soft_label(header, io::as_bytes(bytes), "record", label.logits, label.feature);
  return label;
}

TEST(SoftLabelRecord, TakesNoMoreBytesThanPromised) {
  using F = SoftLabelFormat;
  EXPECT_EQ(soft_label_record_bytes(soft_label_header(1000, 128, F::fp16)), 344U);
  EXPECT_EQ(soft_label_record_bytes(soft_label_header(1000, 128, F::quantised8)), 224U);
  EXPECT_EQ(soft_label_record_bytes(soft_label_header(1000, 1000, F::fp32)), 4004U);
  EXPECT_EQ(soft_label_record_bytes(soft_label_header(10, 10, F::fp16)), 24U);
  EXPECT_EQ(soft_label_record_bytes(soft_label_header(1000, 128, F::fp16, 64)), 344U + 128);
  for (const int64_t classes : {129, 256, 1000, 21841, 40000}) {
    EXPECT_LE(soft_label_record_bytes(soft_label_header(classes, 128, F::fp16)), 540U) << classes;
    EXPECT_LE(soft_label_record_bytes(soft_label_header(classes, 128, F::quantised8)), 310U) << classes;
  }
  SoftLabelError error;
  for (const auto format : {F::fp32, F::fp16, F::quantised8}) {
    for (const int64_t top_k : {1, 7, 50}) {
      const auto header = soft_label_header(50, top_k, format);
      EXPECT_EQ(written(header, drawn_logits(50, 1), {}, error).size(), soft_label_record_bytes(header));
    }
  }
}

TEST(SoftLabelRecord, KeepsAllLogitsToTheBitAsFp32) {
  const auto header = soft_label_header(100, 100, SoftLabelFormat::fp32);
  auto logits = drawn_logits(100, 2);
  logits[3] = -0.f;
  logits[4] = 1e30f;
  SoftLabelError error;
  EXPECT_EQ(read_back(header, written(header, logits, {}, error)).logits, logits);
  EXPECT_EQ(error.largest, 0);
  EXPECT_EQ(error.left_out, 0);
}

TEST(SoftLabelRecord, CompletesTheClassesLeftOutEvenly) {
  for (const auto format : {SoftLabelFormat::fp32, SoftLabelFormat::fp16, SoftLabelFormat::quantised8}) {
    const auto header = soft_label_header(40, 6, format);
    const auto logits = drawn_logits(40, 3);
    SoftLabelError error;
    const auto wanted = softmax_of(logits),
               got = softmax_of(read_back(header, written(header, logits, {}, error)).logits);
    std::vector<size_t> order(40);
    std::iota(order.begin(), order.end(), 0);
    std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return logits[a] > logits[b]; });
    double rest = 0;
    for (size_t i = 6; i < 40; ++i) rest += wanted[order[i]];
    const double tolerance = format == SoftLabelFormat::fp32 ? 1e-6 : format == SoftLabelFormat::fp16 ? 2e-3 : 2e-2;
    for (size_t i = 0; i < 6; ++i) EXPECT_NEAR(got[order[i]], wanted[order[i]], tolerance) << i;
    for (size_t i = 6; i < 40; ++i) EXPECT_NEAR(got[order[i]], rest / 34, tolerance * rest) << i;
    EXPECT_NEAR(error.left_out, rest, 1e-9);
    EXPECT_NEAR(error.mean_left_out(), rest, 1e-9);
  }
}

TEST(SoftLabelRecord, StatesHowFarItsValuesLie) {
  // Bounds: half a unit in the last of 11 bits of a logarithm; half a step of the square root's 255.
  for (const auto& [format, bound] : {std::pair{SoftLabelFormat::fp16, 4e-4}, {SoftLabelFormat::quantised8, 0.01}}) {
    const auto header = soft_label_header(1000, 128, format);
    SoftLabelError error;
    double seen = 0;
    for (uint64_t seed = 0; seed < 50; ++seed) {
      const auto logits = drawn_logits(1000, seed);
      const auto got = read_back(header, written(header, logits, {}, error)).logits;
      const auto wanted = softmax_of(logits);
      const auto least_stored = [&] {
        auto sorted = logits;
        std::nth_element(sorted.begin(), sorted.begin() + 127, sorted.end(), std::greater<>());
        return sorted[127];
      }();
      for (size_t i = 0; i < got.size(); ++i)
        if (logits[i] >= least_stored) seen = std::max(seen, std::abs(std::exp(double(got[i])) - wanted[i]));
    }
    EXPECT_EQ(error.records, 50);
    EXPECT_NEAR(error.largest, seen, 1e-6);
    EXPECT_GT(error.largest, 0);
    EXPECT_LT(error.largest, bound);
  }
}

TEST(SoftLabelRecord, KeepsTheLikeliestClassAndItsValueWhenQuantised) {
  const auto header = soft_label_header(1000, 16, SoftLabelFormat::quantised8);
  SoftLabelError error;
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const auto logits = drawn_logits(1000, seed);
    const auto got = read_back(header, written(header, logits, {}, error)).logits;
    const auto wanted = softmax_of(logits);
    const auto best = size_t(std::max_element(logits.begin(), logits.end()) - logits.begin());
    EXPECT_EQ(size_t(std::max_element(got.begin(), got.end()) - got.begin()), best);
    EXPECT_NEAR(std::exp(double(got[best])), wanted[best], 1e-6);
  }
}

TEST(SoftLabelRecord, TakesLogitsOfAnyShape) {
  SoftLabelError error;
  for (const auto format : {SoftLabelFormat::fp32, SoftLabelFormat::fp16, SoftLabelFormat::quantised8}) {
    const auto few = soft_label_header(4, 2, format);
    // Equal ones: the lower classes are stored, and everything is a quarter.
    for (const double share : softmax_of(read_back(few, written(few, {1, 1, 1, 1}, {}, error)).logits))
      EXPECT_NEAR(share, 0.25, 1e-3);
    // So far apart that float16 would overflow.
    const auto far = softmax_of(read_back(few, written(few, {0, -1e6f, -2e6f, -3e6f}, {}, error)).logits);
    EXPECT_NEAR(far[0], 1, 1e-6);
    const auto one = soft_label_header(1, 1, format);
    EXPECT_EQ(read_back(one, written(one, {0}, {}, error)).logits, std::vector<float>{0});
  }
}

TEST(SoftLabelRecord, KeepsTheFeatureAsFloat16) {
  const auto header = soft_label_header(4, 4, SoftLabelFormat::fp16, 3);
  SoftLabelError error;
  const auto bytes = written(header, {1, 2, 3, 4}, {0.1f, -3, 1e9f}, error);
  const auto label = read_back(header, bytes);
  EXPECT_EQ(label.feature, (std::vector<float>{io::half_to_float(io::float_to_half(0.1f)), -3, 65504}));
  std::vector<float> logits(4);
  read_soft_label(header, io::as_bytes(bytes), "record", logits, {});  // nobody wants the feature
  EXPECT_EQ(logits, label.logits);
}

TEST(SoftLabelRecord, TakesFiniteValuesOnly) {
  const auto header = soft_label_header(3, 2, SoftLabelFormat::fp16);
  SoftLabelError error;
  std::string bytes;
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()})
    EXPECT_THROW(append_soft_label(header, std::vector<float>{1, bad, 2}, {}, 5, bytes, error), Fault);
}

TEST(SoftLabelRecord, IsRefusedWhenAnyBitIsWrong) {
  const auto header = soft_label_header(30, 5, SoftLabelFormat::quantised8, 2);
  SoftLabelError error;
  const auto whole = written(header, drawn_logits(30, 8), {1, 2}, error);
  for (size_t place = 0; place < whole.size(); ++place) {
    std::string damaged = whole;
    damaged[place] = char(damaged[place] ^ 0x10);
    EXPECT_EQ(tests::refusal_of([&] { read_back(header, damaged); }),
              "record: its checksum differs: the file is damaged; make it anew with `retort cache`");
    EXPECT_FALSE(soft_label_is_whole(io::as_bytes(damaged)));
  }
  EXPECT_TRUE(soft_label_is_whole(io::as_bytes(whole)));
  EXPECT_FALSE(soft_label_is_whole({}));
}

}  // namespace
}  // namespace retort::data
