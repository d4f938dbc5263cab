#include "distil/field/session/splat_stream.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <set>

#include "distil/field/session/session_fields.h"
#include "io/bytes.h"

namespace retort::field {
namespace {

GaussianField scattered_field(int64_t count) {
  at::manual_seed(3);
  GaussianField field;
  field.splats = {.means = at::rand({count, 3}) * 10,
                  .sh = at::randn({count, 16, 3}) * 0.3,
                  .opacity_logits = at::randn({count}),
                  .log_scales = at::randn({count, 3}) - 3,
                  .quaternions = at::randn({count, 4}),
                  .features = at::zeros({count, 0})};
  field.sh_degree = 2;
  return field;
}

// An array of the wire with its padding.
at::Tensor taken(io::ByteReader& in, std::vector<int64_t> shape, at::ScalarType type) {
  auto values = at::empty(shape, type);
  const auto bytes = in.take(static_cast<size_t>(values.nbytes()));
  std::copy(bytes.begin(), bytes.end(), static_cast<uint8_t*>(values.data_ptr()));
  in.skip((4 - values.nbytes() % 4) % 4);
  return values;
}

TEST(SplatStream, OrderNamesEachRowOnce) {
  for (const int64_t count : {0, 1, 15, 16, 17, 1000}) {
    const auto order = progressive_order(scattered_field(count));
    EXPECT_TRUE(at::equal(std::get<0>(order.sort()), at::arange(count))) << count;
  }
}

TEST(SplatStream, AnyBeginningIsSpreadOverSpace) {
  const auto field = scattered_field(8192);
  const auto order = progressive_order(field);
  for (const int64_t beginning : {512, 1000, 4000}) {
    const auto means = field.splats.means.index_select(0, order.slice(0, 0, beginning));
    for (int corner = 0; corner < 8; ++corner) {
      auto inside = at::ones({beginning}, at::kBool);
      for (int axis = 0; axis < 3; ++axis) {
        const auto high = means.select(1, axis) > 5;
        inside = inside.logical_and((corner >> axis & 1) != 0 ? high : high.logical_not());
      }
      EXPECT_NEAR(inside.sum().item<double>() / static_cast<double>(beginning), 0.125, 0.03) << beginning;
    }
  }
}

TEST(SplatStream, BigOnesComeFirst) {
  const auto field = scattered_field(4096);
  const auto order = progressive_order(field);
  const auto sizes = field.splats.log_scales.amax(1);
  const auto mean_of = [&](int64_t begin, int64_t end) {
    return sizes.index_select(0, order.slice(0, begin, end)).mean().item<double>();
  };
  EXPECT_GT(mean_of(0, 256), mean_of(2048, 4096) + 0.5);
}

TEST(SplatStream, DecodesToTheSameField) {
  const auto field = scattered_field(20'001);
  SplatStream stream(field);
  const auto header = stream.next().value();
  io::ByteReader in(io::as_bytes(header), "header");
  EXPECT_EQ(in.text(4), "RTSP");
  EXPECT_EQ(in.read<uint32_t>(), 1u);
  EXPECT_EQ(in.read<uint32_t>(), 20'001u);
  EXPECT_EQ(in.read<uint32_t>(), 2u);

  std::set<int> ids;
  for (auto piece = stream.next(); piece; piece = stream.next()) {
    io::ByteReader block(io::as_bytes(*piece), "block");
    const auto n = static_cast<int64_t>(block.read<uint32_t>());
    EXPECT_LE(n, splats_a_block);
    EXPECT_EQ(block.read<uint32_t>(), 0u);
    const auto rows = taken(block, {n}, at::kInt);
    for (int64_t i = 0; i < n; ++i) ids.insert(rows[i].item<int>());
    const auto of = [&](const at::Tensor& tensor) { return tensor.index_select(0, rows); };
    EXPECT_TRUE(at::equal(taken(block, {n, 3}, at::kFloat), of(field.splats.means)));
    const auto scales = taken(block, {n, 3}, at::kHalf).to(at::kFloat);
    EXPECT_TRUE(at::allclose(scales, of(field.splats.log_scales).exp(), 1e-3, 1e-6));
    const auto turns = taken(block, {n, 4}, at::kChar).to(at::kFloat) / 127;
    const auto quaternions = of(field.splats.quaternions);
    EXPECT_LE((turns - quaternions / quaternions.norm(2, 1, true)).abs().max().item<double>(), 0.5 / 127 + 1e-6);
    const auto colours = taken(block, {n, 4}, at::kByte).to(at::kFloat) / 255;
    const auto seen = (of(field.splats.sh).select(1, 0) * 0.28209479 + 0.5).clamp(0, 1);
    EXPECT_LE((colours.slice(1, 0, 3) - seen).abs().max().item<double>(), 0.5 / 255 + 1e-6);
    EXPECT_LE((colours.select(1, 3) - of(field.splats.opacity_logits).sigmoid()).abs().max().item<double>(),
              0.5 / 255 + 1e-6);
    const float range = block.read<float>();
    const auto higher = taken(block, {n, 8, 3}, at::kChar).to(at::kFloat) * range / 127;
    EXPECT_LE((higher - of(field.splats.sh).slice(1, 1, 9)).abs().max().item<double>(), range * 0.5 / 127 + 1e-6);
    EXPECT_TRUE(block.at_end());
  }
  EXPECT_EQ(ids.size(), 20'001u);
}

TEST(SplatStream, NumbersThatAreNoneAreStillBytes) {
  auto field = scattered_field(20);
  field.splats.log_scales[3][0] = 200;
  field.splats.opacity_logits[4] = NAN;
  field.splats.means[5][1] = INFINITY;
  field.splats.sh[6][2][1] = NAN;
  field.splats.quaternions[7].zero_();
  EXPECT_EQ(progressive_order(field).size(0), 20);
  EXPECT_GT(encode_splat_block(field, at::arange(20)).size(), 20u * 30);
}

}  // namespace
}  // namespace retort::field
