#include "distil/field/language/relevancy.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "core/errors.h"
#include "distil/field/gaussians/compress.h"
#include "distil/field/gaussians/field_renderer.h"
#include "distil/field/gaussians/subset.h"
#include "distil/field/language/query.h"

namespace retort::field {
namespace {

TEST(Relevancy, CosineOfKnownVectors) {
  const auto features = at::tensor(std::vector<float>{3, 0, 0, 2, 1, 1, 0, 0}).view({4, 2});
  const auto cosine = cosine_to(features, at::tensor(std::vector<float>{5, 0}));
  EXPECT_NEAR(cosine[0].item<double>(), 1, 1e-6);
  EXPECT_NEAR(cosine[1].item<double>(), 0, 1e-6);
  EXPECT_NEAR(cosine[2].item<double>(), std::sqrt(0.5), 1e-6);
  EXPECT_EQ(cosine[3].item<double>(), 0) << "a feature of length 0 is similar to nothing";
}

TEST(Relevancy, NearestDirectionIgnoresLength) {
  const auto directions = at::tensor(std::vector<float>{100, 0, 0, 1}).view({2, 2});
  const auto features = at::tensor(std::vector<float>{1, 2, 2, 1}).view({2, 2});
  EXPECT_TRUE(at::equal(nearest_direction(features, directions), at::tensor(std::vector<int64_t>{1, 0})));
}

TEST(Relevancy, StretchKeepsTheRange) {
  const auto stretched = stretched_relevancy(at::tensor(std::vector<float>{-1, 0, 0.2f, 0.9f}));
  EXPECT_EQ(stretched.min().item<float>(), 0);
  EXPECT_EQ(stretched.max().item<float>(), 1);
}

GaussianField two_splats() {
  GaussianField field;
  field.splats = {.means = at::zeros({2, 3}),
                  .sh = at::zeros({2, 16, 3}),
                  .opacity_logits = at::zeros({2}),
                  .log_scales = at::zeros({2, 3}),
                  .quaternions = at::ones({2, 4}),
                  .features = at::eye(2)};
  return field;
}

TEST(Query, NamesTheWordsItIsHeldAgainst) {
  Vocabulary words;
  words.add("cat", at::tensor(std::vector<float>{1, 0}));
  words.add("dog", at::tensor(std::vector<float>{0, 1}));
  const auto query = make_query(two_splats(), words, "dog", {});
  EXPECT_EQ(query.names, (std::vector<std::string>{"dog", "cat"}));
  EXPECT_EQ(query.directions[0][1].item<float>(), 1);
  EXPECT_EQ(make_query(two_splats(), words, "dog", {"none"}).directions.size(0), 1);
  EXPECT_THROW(make_query(two_splats(), words, "dgo", {}), UserError);
  EXPECT_THROW(make_query(two_splats(), std::nullopt, "dog", {}), UserError);
}

// Twelve splats of seven channels before a small camera.
GaussianField scattered_splats() {
  auto random = RandomTree(4).generator();
  const auto numbers = [&](std::vector<int64_t> shape, double mean, double spread) {
    auto values = at::empty(shape);
    for (int64_t i = 0; i < values.numel(); ++i) {
      values.data_ptr<float>()[i] = static_cast<float>(mean + spread * random.normal());
    }
    return values;
  };
  GaussianField field;
  field.splats = {.means = numbers({12, 3}, 0, 0.5),
                  .sh = numbers({12, 16, 3}, 0, 0.1),
                  .opacity_logits = numbers({12}, 0, 1),
                  .log_scales = numbers({12, 3}, -1.2, 0.3),
                  .quaternions = numbers({12, 4}, 0, 1),
                  .features = numbers({12, 7}, 0, 1)};
  field.splats.means.select(1, 2).add_(3);
  return field;
}

TEST(Query, RenderedScoresAreProductsOfRenderedFeatures) {
  ThreadPool pool(1);
  const auto stream = RandomTree(1).generator();
  const auto plain = scattered_splats();
  std::vector<GaussianField> fields = {
      plain, compress_field(plain, {.codebook = 5}, stream, pool).field,
      compress_field(plain, {.sparse_terms = 2, .sparse_entries = 6}, stream, pool).field};
  for (int index = 0; index < 3; ++index) {
    fields.push_back(fields[index]);
    fields.back().decoder =
        FeatureDecoder{plain.splats.features.slice(0, 0, 9).contiguous(), at::arange(9, at::kFloat)};
  }
  const Camera camera{.width = 20, .height = 14, .fx = 16, .fy = 16, .cx = 10, .cy = 7};
  for (const auto& field : fields) {
    const auto directions = at::arange(2 * field.decoded_dim(), at::kFloat).view({2, -1}).sin();
    FieldRenderer renderer(field, pool, Isa::scalar);
    renderer.look(camera);
    const auto products = at::matmul(renderer.feature_map(7, 10, splat::MapFilter::area), directions.t());
    const auto scores = splat_scores(field, directions);
    EXPECT_EQ(scores.values.sizes(), (std::vector<int64_t>{12, 2}));
    const auto rendered = renderer.value_map(scores.values, 7, 10, splat::MapFilter::area) + scores.offsets;
    EXPECT_TRUE(at::allclose(rendered, products, 1e-4, 1e-4)) << (rendered - products).abs().max().item<double>();
    EXPECT_GT(products.std().item<double>(), 0.05);
  }
}

TEST(Query, ScoresNeedFeatures) {
  auto field = scattered_splats();
  field.splats.features = at::zeros({12, 0});
  EXPECT_THROW(splat_scores(field, at::zeros({1, 0})), UserError);
}

TEST(Query, SubsetKeepsRowsTogether) {
  const auto part = subset(two_splats(), at::tensor(std::vector<int64_t>{0, 1}).to(at::kBool));
  EXPECT_EQ(part.size(), 1);
  EXPECT_EQ(part.splats.features[0][1].item<float>(), 1);
}

}  // namespace
}  // namespace retort::field
