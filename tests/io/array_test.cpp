#include "io/array.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>

#include "support/hostile_input.h"
#include "support/temporary_folder.h"

namespace retort::io {
namespace {

TEST(HalfFloat, every_half_survives_the_way_there_and_back) {
  for (uint32_t half = 0; half < 0x10000; ++half) {
    const float value = half_to_float(static_cast<uint16_t>(half));
    if (std::isnan(value)) {
      EXPECT_TRUE(std::isnan(half_to_float(float_to_half(value))));
    } else {
      EXPECT_EQ(float_to_half(value), half);
    }
  }
}

TEST(HalfFloat, rounds_to_nearest_even) {
  EXPECT_EQ(float_to_half(1.0f), 0x3c00);
  EXPECT_EQ(float_to_half(1.0f + 0x1p-11f), 0x3c00);      // half way: to even
  EXPECT_EQ(float_to_half(1.0f + 3 * 0x1p-11f), 0x3c02);  // half way: to even
  EXPECT_EQ(float_to_half(1.0f + 0x1p-11f + 0x1p-20f), 0x3c01);
  EXPECT_EQ(float_to_half(65504.0f), 0x7bff);
  EXPECT_EQ(float_to_half(65519.0f), 0x7bff);
  EXPECT_EQ(float_to_half(65520.0f), 0x7c00);
  EXPECT_EQ(float_to_half(0x1p-24f), 0x0001);
  EXPECT_EQ(float_to_half(0x1p-25f), 0x0000);
  EXPECT_EQ(float_to_half(-0.0f), 0x8000);
  EXPECT_EQ(float_to_half(-std::numeric_limits<float>::infinity()), 0xfc00);
}

TEST(BFloat16, rounds_to_nearest_even_and_keeps_nan) {
  EXPECT_EQ(float_to_bfloat16(1.0f), 0x3f80);
  EXPECT_EQ(float_to_bfloat16(std::bit_cast<float>(0x3f808000u)), 0x3f80);
  EXPECT_EQ(float_to_bfloat16(std::bit_cast<float>(0x3f818000u)), 0x3f82);
  EXPECT_TRUE(std::isnan(bfloat16_to_float(float_to_bfloat16(std::nanf("")))));
  EXPECT_EQ(bfloat16_to_float(0xc000), -2.0f);
}

TEST(ByteCount, refuses_negative_and_overflowing_shapes) {
  const auto count = [](std::vector<int64_t> shape) { return byte_count(DType::f64, shape); };
  EXPECT_EQ(count({}), 8u);
  EXPECT_EQ(count({2, 3}), 48u);
  EXPECT_EQ(count({0, 5}), 0u);
  EXPECT_EQ(count({-1}), std::nullopt);
  EXPECT_EQ(count({int64_t{1} << 40, int64_t{1} << 40}), std::nullopt);
  EXPECT_EQ(count({0, int64_t{1} << 40, int64_t{1} << 40}), std::nullopt);
  EXPECT_EQ(count(std::vector<int64_t>(65, 1)), std::nullopt);
}

TEST(Array, converts_every_dtype_to_floats) {
  for (const DType dtype : {DType::f64, DType::f32, DType::f16, DType::bf16, DType::i64, DType::i32, DType::i16,
                            DType::i8, DType::u8, DType::boolean}) {
    const Array zeros = make_array(dtype, {3}, std::string(3 * size_of(dtype), '\0'));
    EXPECT_EQ(zeros.to_floats(), (std::vector<float>{0, 0, 0})) << name_of(dtype);
    EXPECT_EQ(dtype_named(name_of(dtype)), dtype);
  }
  EXPECT_EQ(make_half_array({2}, std::vector<float>{0.5f, -3.0f}).to_floats(), (std::vector<float>{0.5f, -3.0f}));
}

TEST(Array, gives_integers_only_where_it_holds_some) {
  const std::vector<int64_t> values = {-4, 1'000'000'000'000};
  EXPECT_EQ(make_array({2}, values).to_integers("labels"), values);
  const Array floats = make_array({1}, std::vector<float>{1.5f});
  EXPECT_NE(tests::refusal_of([&] { floats.to_integers("labels"); }).find("labels: holds f32"), std::string::npos);
  EXPECT_THROW(make_array({3}, values), Fault);
}

}  // namespace
}  // namespace retort::io
