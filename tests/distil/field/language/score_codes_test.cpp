#include "distil/field/language/score_codes.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "core/random.h"
#include "support/user_error.h"

namespace retort::field {
namespace {

at::Tensor drawn(at::IntArrayRef sizes, RandomGenerator& random) {
  auto values = at::empty(sizes, at::kFloat);
  for (int64_t i = 0; i < values.numel(); ++i) values.data_ptr<float>()[i] = static_cast<float>(random.normal());
  return values;
}

metrics::VectorCodes drawn_codes(int64_t rows, int64_t terms, int64_t entries, int64_t channels) {
  auto random = RandomTree(3).generator();
  metrics::VectorCodes codes{drawn({entries, channels}, random), at::empty({rows, terms}, at::kInt),
                             drawn({rows, terms}, random)};
  for (int64_t i = 0; i < rows * terms; ++i) {
    codes.indices.data_ptr<int32_t>()[i] = static_cast<int32_t>(random.integer(entries));
  }
  codes.coefficients[0].zero_();
  codes.check();
  return codes;
}

/// By the rows themselves.
at::Tensor plain_cosines(const metrics::VectorCodes& codes, const at::Tensor& directions) {
  return cosines_to(metrics::decode(codes), directions);
}

std::vector<Isa> isas_of_this_machine() {
  std::vector<Isa> found = {Isa::scalar};
  for (const Isa isa : {Isa::avx2, Isa::avx512}) {
    if (static_cast<int>(isa) <= static_cast<int>(best_isa())) found.push_back(isa);
  }
  return found;
}

TEST(ScoreCodes, AgreeWithTheDecodedRowsBothWaysOnNastyShapes) {
  ThreadPool pool(2);
  for (const auto& [rows, terms, entries, channels, queries] : std::vector<std::array<int64_t, 5>>{
           {1, 1, 1, 1, 2}, {15, 2, 3, 3, 2}, {17, 4, 64, 16, 17}, {5000, 3, 20, 33, 5}}) {
    const auto codes = drawn_codes(rows, terms, entries, channels);
    auto random = RandomTree(5).generator();
    auto directions = drawn({queries, channels}, random) * 7;
    directions[1].zero_();
    const auto plain = plain_cosines(codes, directions);
    for (const Isa isa : isas_of_this_machine()) {
      for (const auto lengths : {CodedLengths::automatic, CodedLengths::summed, CodedLengths::gram}) {
        const auto cosines = coded_cosines(codes, directions, pool, isa, lengths);
        EXPECT_TRUE(at::allclose(cosines, plain, 1e-3, 1e-4))
            << isa_name(isa) << " " << rows << "x" << channels << " by " << static_cast<int>(lengths);
        EXPECT_TRUE(cosines[0].eq(0).all().item<bool>()) << "a row of length 0";
        for (const auto form : {RelevancyForm::cosine, RelevancyForm::softmax, RelevancyForm::relevancy}) {
          const Relevancy relevancy{.form = form, .temperature = 10};
          const auto scores = coded_relevancy(codes, directions, relevancy, pool, isa, lengths);
          ASSERT_EQ(scores.sizes(), (std::vector<int64_t>{rows}));
          EXPECT_TRUE(at::allclose(scores, relevancy_of_cosines(plain, relevancy), 1e-3, 1e-3)) << isa_name(isa);
        }
      }
    }
  }
}

TEST(ScoreCodes, EveryNumberOfVectorsThatEntriesAndProductsFill) {
  ThreadPool pool(1);
  for (const int64_t channels : {7, 16, 30, 40, 64, 70, 130}) {
    for (const int64_t queries : {2, 16, 17, 18, 40}) {
      const auto codes = drawn_codes(21, 3, 12, channels);
      auto random = RandomTree(5).generator();
      const auto directions = drawn({queries, channels}, random);
      const auto plain = plain_cosines(codes, directions);
      for (const Isa isa : isas_of_this_machine()) {
        EXPECT_TRUE(at::allclose(coded_cosines(codes, directions, pool, isa, CodedLengths::summed), plain, 0, 1e-4))
            << isa_name(isa) << " " << channels << " channels, " << queries << " words";
        const Relevancy relevancy{.form = RelevancyForm::softmax, .temperature = 10};
        EXPECT_TRUE(at::allclose(coded_relevancy(codes, directions, relevancy, pool, isa, CodedLengths::summed),
                                 relevancy_of_cosines(plain, relevancy), 0, 1e-4))
            << isa_name(isa) << " " << channels << " channels, " << queries << " words";
      }
    }
  }
}

TEST(ScoreCodes, EntriesThatCancelGiveNoNumberBeyondACosine) {
  ThreadPool pool(1);
  auto codes = drawn_codes(40, 2, 8, 16);
  codes.indices.select(1, 1).copy_(codes.indices.select(1, 0));
  codes.coefficients.select(1, 1).copy_(-codes.coefficients.select(1, 0));
  auto random = RandomTree(5).generator();
  const auto directions = drawn({3, 16}, random);
  for (const Isa isa : isas_of_this_machine()) {
    for (const auto lengths : {CodedLengths::summed, CodedLengths::gram}) {
      EXPECT_TRUE(coded_cosines(codes, directions, pool, isa, lengths).abs().le(1).all().item<bool>());
    }
  }
}

TEST(ScoreCodes, NoRowsAndNothingToCompareWith) {
  ThreadPool pool(1);
  const auto codes = drawn_codes(4, 2, 8, 5);
  const auto none = metrics::select_rows(codes, at::empty({0}, at::kLong));
  EXPECT_EQ(coded_cosines(none, at::ones({3, 5}), pool).sizes(), (std::vector<int64_t>{0, 3}));
  const auto message = tests::user_error_of([&] {
    coded_relevancy(codes, at::ones({1, 5}), {.form = RelevancyForm::relevancy}, pool);
  });
  EXPECT_NE(message.find("other"), std::string::npos) << message;
}

}  // namespace
}  // namespace retort::field
