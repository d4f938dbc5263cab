#include "distil/field/language/score_rows.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/random.h"
#include "distil/field/gaussians/compress.h"
#include "distil/field/language/pixel_query.h"
#include "distil/field/language/relevancy_histogram.h"
#include "support/user_error.h"

namespace retort::field {
namespace {

at::Tensor random_matrix(int64_t rows, int64_t columns, int seed) {
  auto random = RandomTree(static_cast<uint64_t>(seed)).generator();
  auto values = at::empty({rows, columns}, at::kFloat);
  for (int64_t i = 0; i < values.numel(); ++i) values.data_ptr<float>()[i] = static_cast<float>(random.normal());
  return values;
}

std::vector<Isa> isas_here() {
  std::vector<Isa> found = {Isa::scalar};
  for (const Isa isa : {Isa::avx2, Isa::avx512}) {
    if (static_cast<int>(isa) <= static_cast<int>(best_isa())) found.push_back(isa);
  }
  return found;
}

TEST(ScoreRows, AgreeWithThePlainCosinesOnNastyShapes) {
  ThreadPool pool(2);
  for (const Isa isa : isas_here()) {
    for (const auto& [rows, channels, queries] :
         std::vector<std::array<int64_t, 3>>{{1, 1, 2}, {15, 3, 2}, {17, 16, 5}, {5000, 33, 3}, {40, 70, 150}}) {
      auto features = random_matrix(rows, channels, 1);
      features[0].zero_();
      const auto directions = random_matrix(queries, channels, 2) * 7;
      const auto plain = cosines_to(features, directions);
      EXPECT_TRUE(at::allclose(row_cosines(features, directions, pool, isa), plain, 1e-4, 1e-5))
          << isa_name(isa) << " " << rows << "x" << channels;
      for (const auto form : {RelevancyForm::cosine, RelevancyForm::softmax, RelevancyForm::relevancy}) {
        const Relevancy relevancy{.form = form, .temperature = 10};
        const auto scores = row_relevancy(features, directions, relevancy, pool, isa);
        EXPECT_EQ(scores.sizes(), (std::vector<int64_t>{rows}));
        EXPECT_TRUE(at::allclose(scores, relevancy_of_cosines(plain, relevancy), 1e-4, 1e-5)) << isa_name(isa);
      }
    }
  }
}

TEST(ScoreRows, EveryNumberOfWordsAndChannelsBesideWholeBlocks) {
  ThreadPool pool(2);
  for (const Isa isa : isas_here()) {
    for (const int64_t channels : {5, 16, 31, 32, 53}) {
      const auto features = random_matrix(37, channels, 1) * 3;
      for (int64_t words = 1; words <= 20; ++words) {
        const auto directions = random_matrix(words, channels, 2) * 7;
        const auto plain = cosines_to(features, directions);
        const auto where = std::string(isa_name(isa)) + ", " + std::to_string(channels) + " channels, " +
                           std::to_string(words) + " words";
        EXPECT_TRUE(at::allclose(row_cosines(features, directions, pool, isa), plain, 0, 1e-5)) << where;
        if (words == 1) continue;
        for (const auto form : {RelevancyForm::softmax, RelevancyForm::relevancy}) {
          const Relevancy relevancy{.form = form, .temperature = 10};
          EXPECT_TRUE(at::allclose(row_relevancy(features, directions, relevancy, pool, isa),
                                   relevancy_of_cosines(plain, relevancy), 0, 1e-5))
              << where;
        }
      }
    }
  }
}

TEST(ScoreRows, SharesStayNumbersHoweverHighTheTemperature) {
  ThreadPool pool(1);
  const auto directions = at::eye(3, 32);
  const auto features = at::stack({directions[0], directions[1], -directions[0], at::zeros({32})});
  for (const Isa isa : isas_here()) {
    for (const auto form : {RelevancyForm::softmax, RelevancyForm::relevancy}) {
      const auto shares = row_relevancy(features, directions, {.form = form, .temperature = 1e6}, pool, isa);
      const float of_none = form == RelevancyForm::softmax ? 1.0F / 3 : 0.5F;
      EXPECT_TRUE(at::allclose(shares, at::tensor(std::vector<float>{1, 0, 0, of_none}), 0, 1e-6)) << isa_name(isa);
    }
  }
}

TEST(ScoreRows, SplatsOfEveryKindOfFieldAnswerAlike) {
  ThreadPool pool(2);
  GaussianField field;
  field.splats = {.means = random_matrix(50, 3, 1),
                  .sh = at::zeros({50, 16, 3}),
                  .opacity_logits = at::zeros({50}),
                  .log_scales = at::zeros({50, 3}),
                  .quaternions = at::ones({50, 4}),
                  .features = random_matrix(50, 12, 3)};
  const auto stream = RandomTree(1).generator();
  std::vector<GaussianField> fields = {
      field, compress_field(field, {.codebook = 5}, stream, pool).field,
      compress_field(field, {.sparse_terms = 2, .sparse_entries = 6}, stream, pool).field};
  for (int index = 0; index < 3; ++index) {
    fields.push_back(fields[index]);
    fields.back().decoder = FeatureDecoder{random_matrix(9, 12, 4), at::arange(9, at::kFloat) / 9};
  }
  for (const auto& asked : fields) {
    const auto directions = random_matrix(4, asked.decoded_dim(), 5);
    const auto plain = splat_cosines(asked, directions);
    EXPECT_TRUE(at::allclose(splat_cosines(asked, directions, pool), plain, 1e-4, 1e-5));
    const Relevancy relevancy{.form = RelevancyForm::relevancy};
    EXPECT_TRUE(at::allclose(splat_relevancy(asked, directions, relevancy, pool),
                             relevancy_of_cosines(plain, relevancy), 1e-4, 1e-5));
  }
}

TEST(RelevancyForms, OfKnownCosines) {
  const auto cosines = at::tensor(std::vector<float>{0.5F, 0.1F, 0.3F}).view({1, 3});
  const auto at_form = [&](RelevancyForm form, double temperature) {
    return relevancy_of_cosines(cosines, {.form = form, .temperature = temperature})[0].item<double>();
  };
  EXPECT_NEAR(at_form(RelevancyForm::cosine, 10), 0.5, 1e-6);
  EXPECT_NEAR(at_form(RelevancyForm::softmax, 1), 1 / (1 + std::exp(-0.4) + std::exp(-0.2)), 1e-6);
  EXPECT_NEAR(at_form(RelevancyForm::relevancy, 1), 1 / (1 + std::exp(-0.2)), 1e-6) << "the hardest negative counts";
  EXPECT_NEAR(at_form(RelevancyForm::relevancy, 10), 1 / (1 + std::exp(-2.0)), 1e-6);
}

TEST(RelevancyForms, RefuseWhatCannotBeCompared) {
  const auto alone = at::ones({3, 1});
  EXPECT_NE(tests::user_error_of([&] { relevancy_of_cosines(alone, {.form = RelevancyForm::softmax}); }).find("other"),
            std::string::npos);
  EXPECT_NE(tests::user_error_of([&] {
              relevancy_of_cosines(at::ones({3, 2}), {.form = RelevancyForm::relevancy, .temperature = 0});
            }).find("temperature"),
            std::string::npos);
  EXPECT_NE(tests::user_error_of([] { relevancy_form_named("softmix"); }).find("softmax"), std::string::npos);
}

TEST(RelevancyHistogram, ProposesTheMiddleOfTheGap) {
  const auto values = at::cat({at::linspace(-0.1, 0.1, 900), at::linspace(0.7, 0.9, 100)});
  const auto histogram = relevancy_histogram(values);
  EXPECT_FLOAT_EQ(static_cast<float>(histogram.low), -0.1F);
  EXPECT_FLOAT_EQ(static_cast<float>(histogram.high), 0.9F);
  int64_t all = 0;
  for (const auto count : histogram.counts) all += count;
  EXPECT_EQ(all, 1000);
  EXPECT_NEAR(histogram.proposed_threshold(), 0.4, 0.03);
  EXPECT_NE(histogram.chart(0.4).find('>'), std::string::npos);
}

TEST(RelevancyHistogram, TakesOddInputs) {
  const float nothing = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(relevancy_histogram(at::empty({0})).proposed_threshold(), 0);
  EXPECT_EQ(relevancy_histogram(at::full({5}, 0.25F)).proposed_threshold(), 0.25);
  const auto histogram = relevancy_histogram(at::tensor(std::vector<float>{nothing, 1, 2}));
  EXPECT_EQ(histogram.low, 1);
  EXPECT_EQ(histogram.counts[0] + histogram.counts[relevancy_bins - 1], 2);
}

TEST(PixelQuery, TakesTheMeanDirectionOfItsPixels) {
  auto map = at::zeros({2, 3, 2});
  map.select(1, 0).copy_(at::tensor(std::vector<float>{5, 0}));
  map.select(1, 1).copy_(at::tensor(std::vector<float>{0, 0.1F}));
  auto region = at::zeros({2, 3}, at::kBool);
  region.select(1, 0).fill_(true);
  region.select(1, 1).fill_(true);
  const auto direction = pixel_direction(map, region);
  EXPECT_NEAR(direction[0].item<double>(), std::sqrt(0.5), 1e-6) << "lengths of features do not count";
  EXPECT_NEAR(direction.norm().item<double>(), 1, 1e-6);
  region.zero_();
  region.select(1, 2).fill_(true);
  EXPECT_NE(tests::user_error_of([&] { pixel_direction(map, region); }).find("nothing"), std::string::npos);
}

TEST(LabelMaps, LegendCountsWhatOccurs) {
  const auto labels = at::tensor(std::vector<int64_t>{2, 2, 0, -1}).view({2, 2});
  const auto legend = label_legend(labels, {"cat", "dog", "hat"});
  EXPECT_EQ(legend["labels"].size(), 2);
  EXPECT_EQ(legend["labels"][0]["name"], "hat");
  EXPECT_EQ(legend["labels"][0]["pixels"], 2);
  EXPECT_EQ(legend["unlabelled_pixels"], 1);
  const auto picture = label_picture(labels);
  EXPECT_EQ(std::vector<int>(picture.at(0, 0), picture.at(0, 0) + 3),
            legend["labels"][0]["colour"].get<std::vector<int>>());
  EXPECT_EQ(*picture.at(1, 1), 0);
}

}  // namespace
}  // namespace retort::field
