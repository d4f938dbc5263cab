#include "distil/field/language/relevancy.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "core/errors.h"
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

TEST(Query, SubsetKeepsRowsTogether) {
  const auto part = subset(two_splats(), at::tensor(std::vector<int64_t>{0, 1}).to(at::kBool));
  EXPECT_EQ(part.size(), 1);
  EXPECT_EQ(part.splats.features[0][1].item<float>(), 1);
}

}  // namespace
}  // namespace retort::field
