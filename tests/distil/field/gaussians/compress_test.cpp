#include "distil/field/gaussians/compress.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

#include "core/errors.h"
#include "distil/field/gaussians/rendered_error.h"
#include "distil/field/gaussians/splat_binding.h"
#include "io/tensor/tensor_io.h"
#include "support/temporary_folder.h"

namespace retort::field {
namespace {

GaussianField featured_field(int64_t splats, int64_t channels, int64_t rank) {
  auto field = field_from(make_cloud(splats, 0));
  field.splats.quaternions.fill_(1);
  auto random = RandomTree(3).child("features").generator();
  auto left = at::empty({splats, rank}), right = at::empty({rank, channels});
  for (auto* part : {&left, &right}) {
    for (int64_t index = 0; index < part->numel(); ++index) part->data_ptr<float>()[index] = float(random.normal());
  }
  field.splats.features = at::mm(left, right);
  return field;
}

RandomGenerator stream() { return RandomTree(1).generator(); }

TEST(CompressField, CodesTravelThroughTheFile) {
  ThreadPool pool(1);
  const tests::TemporaryFolder folder;
  const auto field = featured_field(60, 8, 4);
  for (const auto& options :
       {metrics::CodingChoice{.codebook = 16}, metrics::CodingChoice{.sparse_terms = 3, .sparse_entries = 12}}) {
    const auto compressed = compress_field(field, options, stream(), pool);
    EXPECT_LT(compressed.bytes_after, compressed.bytes_before);
    EXPECT_GT(compressed.error.mean_cosine, 0.5);
    save_field(folder / "field.safetensors", compressed.field);
    const auto loaded = load_field(folder / "field.safetensors");
    ASSERT_TRUE(loaded.codes);
    EXPECT_TRUE(loaded.codes->indices.equal(compressed.field.codes->indices));
    EXPECT_TRUE(loaded.splats.features.equal(compressed.field.splats.features));
    EXPECT_TRUE(loaded.splats.means.equal(field.splats.means));
  }
}

TEST(CompressField, LeadingDirectionsKeepProducts) {
  ThreadPool pool(1);
  const auto field = featured_field(60, 8, 3);
  const auto compressed = compress_field(field, {.pca = 3}, stream(), pool);
  EXPECT_LT(compressed.error.relative_l2, 1e-5);  // of rank 3
  ASSERT_TRUE(compressed.field.basis);
  const auto query = field.splats.features[7];
  const auto reduced = project_direction(compressed.field, query);
  EXPECT_TRUE(at::allclose(at::mv(compressed.field.splats.features, reduced), at::mv(field.splats.features, query),
                           1e-4, 1e-4));
  // Once more: the bases are chained, so that queries still come in the teacher's channels.
  const auto twice = compress_field(compressed.field, {.pca = 2}, stream(), pool);
  EXPECT_EQ(project_direction(twice.field, query).numel(), 2);
}

TEST(CompressField, FieldsWhoseCodesDoNotFitAreRefused) {
  ThreadPool pool(1);
  const tests::TemporaryFolder folder;
  save_field(folder / "a.safetensors", compress_field(featured_field(20, 4, 2), {.codebook = 5}, stream(), pool).field);
  io::StringMap metadata;
  const auto good = io::load_safetensors(folder / "a.safetensors", &metadata);
  const auto refused = [&](const char* name, const at::Tensor& replacement) {
    auto tensors = good;
    if (replacement.defined())
      tensors[name] = replacement;
    else
      tensors.erase(name);
    io::save_safetensors(folder / "b.safetensors", tensors, metadata);
    EXPECT_THROW(load_field(folder / "b.safetensors"), UserError) << name;
  };
  refused("codes.indices", {});
  refused("codes.indices", at::full({20, 1}, 5, at::kByte));
  refused("codes.indices", at::full({20, 1}, -1, at::kShort));
  refused("codes.indices", at::zeros({19, 1}, at::kByte));
  refused("codes.indices", at::zeros({20, 2}, at::kByte));
  refused("codes.indices", at::full({20, 1}, int64_t{1} << 32, at::kLong));
  refused("codes.coefficients", at::full({20, 1}, std::nan(""), at::kHalf));
  refused("codes.codebook", at::zeros({0, 4}));
  refused("codes.codebook", at::full({5, 4}, HUGE_VAL, at::kFloat));
  refused("codes.codebook", at::zeros({1, 1 << 17}, at::kHalf));
}

TEST(CompressField, HalvesTakeHalfTheBytesAndTravel) {
  ThreadPool pool(1);
  const tests::TemporaryFolder folder;
  const auto field = featured_field(60, 8, 8);
  for (auto choice :
       {metrics::CodingChoice{.codebook = 16}, metrics::CodingChoice{.sparse_terms = 3, .sparse_entries = 12},
        metrics::CodingChoice{.pca = 4}}) {
    const auto whole = compress_field(field, choice, stream(), pool);
    choice.half = true;
    const auto half = compress_field(field, choice, stream(), pool);
    const int64_t values = choice.pca > 0 ? 60 * 4 : half.field.codes->codebook.numel();
    EXPECT_EQ(whole.bytes_after - half.bytes_after, 2 * values);
    EXPECT_NEAR(half.error.relative_l2, whole.error.relative_l2, 1e-2);
    EXPECT_NE(half.error.relative_l2, whole.error.relative_l2);
    save_field(folder / "whole.safetensors", whole.field);
    save_field(folder / "half.safetensors", half.field);
    EXPECT_TRUE(load_field(folder / "half.safetensors").splats.features.equal(half.field.splats.features));
    EXPECT_LE(std::filesystem::file_size(folder / "half.safetensors") + 2 * values,
              std::filesystem::file_size(folder / "whole.safetensors") + 8);
  }
}

TEST(CompressField, ValuesBeyondFloat16AreRefused) {
  ThreadPool pool(1);
  auto field = featured_field(60, 8, 8);
  field.splats.features.mul_(1e6);
  EXPECT_THROW(compress_field(field, {.codebook = 4, .half = true}, stream(), pool), UserError);
  EXPECT_NO_THROW(compress_field(field, {.codebook = 4}, stream(), pool));
  field.splats.features[3][2] = std::nan("");
  EXPECT_THROW(compress_field(field, {.codebook = 4}, stream(), pool), UserError);
}

TEST(CompressField, RenderedErrorIsThatOfMaps) {
  ThreadPool pool(1);
  auto field = featured_field(40, 6, 6);
  auto random = RandomTree(8).generator();
  for (int64_t i = 0; i < field.splats.means.numel(); ++i) {
    field.splats.means.data_ptr<float>()[i] = static_cast<float>(0.5 * random.normal());
  }
  field.splats.means.select(1, 2).add_(3);
  field.splats.log_scales.fill_(-1);
  const std::vector<Camera> cameras = {{.width = 24, .height = 18, .fx = 20, .fy = 20, .cx = 12, .cy = 9}};
  const auto same = rendered_error(field, field, cameras, pool, Isa::scalar);
  EXPECT_EQ(same.relative_l2, 0);
  // All channels kept: another basis, the same maps.
  const auto turned = compress_field(field, {.pca = 6}, stream(), pool);
  EXPECT_LT(rendered_error(field, turned.field, cameras, pool, Isa::scalar).relative_l2, 1e-4);
  auto scaled = field;
  scaled.splats.features = field.splats.features * 1.5;
  const auto longer = rendered_error(field, scaled, cameras, pool, Isa::scalar);
  EXPECT_NEAR(longer.relative_l2, 0.5, 1e-4);
  EXPECT_NEAR(longer.mean_cosine, 1, 1e-5);
}

TEST(CompressField, NothingToCompressIsSaid) {
  ThreadPool pool(1);
  EXPECT_THROW(compress_field(field_from(make_cloud(3, 0)), {.codebook = 2}, stream(), pool), UserError);
}

}  // namespace
}  // namespace retort::field
