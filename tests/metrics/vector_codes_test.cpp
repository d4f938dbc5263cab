#include "metrics/vector_codes.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

#include "core/errors.h"
#include "metrics/vector_coding.h"
#include "support/hostile_input.h"

namespace retort::metrics {
namespace {

// Rows near a few directions, of different lengths.
at::Tensor clustered_rows(int64_t count, int64_t channels, int64_t clusters, double noise) {
  auto random = RandomTree(5).child("rows").generator();
  auto rows = at::empty({count, channels});
  auto centres = at::empty({clusters, channels});
  for (int64_t index = 0; index < centres.numel(); ++index) centres.data_ptr<float>()[index] = random.normal();
  for (int64_t row = 0; row < count; ++row) {
    for (int64_t channel = 0; channel < channels; ++channel) {
      rows[row][channel] = centres[row % clusters][channel] + noise * random.normal();
    }
  }
  return rows;
}

RandomGenerator stream() { return RandomTree(1).child("codes").generator(); }

TEST(VectorCoding, MoreEntriesLoseLess) {
  ThreadPool pool(2);
  const auto rows = clustered_rows(300, 6, 20, 0.1);
  double last = 10;
  for (const int64_t entries : {2, 8, 32, 128}) {
    const double error = coding_error(rows, decode(fit_codebook(rows, entries, stream(), pool))).relative_l2;
    EXPECT_LT(error, last) << entries;
    last = error;
  }
  EXPECT_LT(last, 0.1);
}

TEST(VectorCoding, EnoughEntriesLoseNothing) {
  ThreadPool pool(2);
  const auto rows = clustered_rows(200, 5, 7, 0);
  const auto codes = fit_codebook(rows, 7, stream(), pool);
  codes.check();
  EXPECT_EQ(codes.entries(), 7);
  EXPECT_TRUE(decode(codes).equal(rows));
}

TEST(VectorCoding, TheSameBitsForAnyThreadCount) {
  const auto rows = clustered_rows(500, 6, 40, 0.2);
  ThreadPool one(1), three(3);
  const auto a = fit_codebook(rows, 16, stream(), one), b = fit_codebook(rows, 16, stream(), three);
  EXPECT_TRUE(a.codebook.equal(b.codebook));
  EXPECT_TRUE(a.indices.equal(b.indices));
}

TEST(VectorCoding, SparseCodesFindTheCombination) {
  // Each row is a sum of 2 of 6 orthonormal vectors: sparse codes of 2 terms can be exact, a codebook of 6 can't.
  ThreadPool pool(2);
  auto random = RandomTree(9).child("mix").generator();
  auto rows = at::zeros({400, 8});
  for (int64_t row = 0; row < rows.size(0); ++row) {
    for (int term = 0; term < 2; ++term) rows[row][random.integer(6)] += 1 + random.uniform();
  }
  const auto codes = fit_sparse_codes(rows, {.entries = 6, .terms = 2, .iterations = 20}, stream(), pool);
  codes.check();
  const auto sparse = coding_error(rows, decode(codes));
  const auto plain = coding_error(rows, decode(fit_codebook(rows, 6, stream(), pool)));
  EXPECT_LT(sparse.relative_l2, 0.5 * plain.relative_l2);
  const auto more = coding_error(rows, decode(fit_sparse_codes(rows, {.entries = 6, .terms = 6}, stream(), pool)));
  EXPECT_LT(more.relative_l2, 2e-3);  // float16 coefficients
}

TEST(VectorCodes, ProductsAndLengthsNeedNoExpansion) {
  ThreadPool pool(2);
  const auto rows = clustered_rows(120, 6, 30, 0.3);
  const auto directions = clustered_rows(3, 6, 3, 0);
  for (const auto& codes :
       {fit_codebook(rows, 10, stream(), pool), fit_sparse_codes(rows, {.entries = 10, .terms = 3}, stream(), pool)}) {
    const auto expanded = decode(codes);
    EXPECT_TRUE(at::allclose(coded_products(codes, directions), at::mm(expanded, directions.t()), 1e-4, 1e-5));
    EXPECT_TRUE(at::allclose(coded_lengths(codes), expanded.norm(2, {1}), 1e-4, 1e-5));
    const auto some = at::tensor({5, 0, 119}, at::kLong);
    EXPECT_TRUE(decode(select_rows(codes, some)).equal(expanded.index_select(0, some)));
  }
}

TEST(VectorCodes, ErrorsAreWhatTheySay) {
  const auto rows = at::tensor({3.f, 4.f, 0.f, 0.f}).view({2, 2}),
             coded = at::tensor({3.f, 0.f, 0.f, 1.f}).view({2, 2});
  const auto error = coding_error(rows, coded);
  EXPECT_NEAR(error.relative_l2, std::sqrt(17.0) / 5, 1e-12);
  EXPECT_NEAR(error.mean_cosine, 0.6, 1e-12);  // rows of length 0 have none
}

TEST(VectorCodes, ZerosCodedAsSomethingHaveAnError) {
  const auto zeros = at::zeros({3, 2});
  const auto exact = coding_error(zeros, zeros), wrong = coding_error(zeros, at::ones({3, 2}));
  EXPECT_EQ(exact.relative_l2, 0);
  EXPECT_EQ(exact.mean_cosine, 1);
  EXPECT_TRUE(std::isinf(wrong.relative_l2));
}

TEST(VectorCodes, ErrorsOfPartsAreThoseOfTheWhole) {
  const auto rows = clustered_rows(50, 4, 5, 0.1), coded = clustered_rows(50, 4, 5, 0.2);
  CodingErrorSums sums;
  sums.add(rows.slice(0, 0, 20), coded.slice(0, 0, 20));
  sums.add(rows.slice(0, 20), coded.slice(0, 20));
  const auto whole = coding_error(rows, coded), parts = sums.error();
  EXPECT_NEAR(parts.relative_l2, whole.relative_l2, 1e-12);
  EXPECT_NEAR(parts.mean_cosine, whole.mean_cosine, 1e-6);
  EXPECT_EQ(parts.worst_cosine, whole.worst_cosine);
}

TEST(VectorCodes, ValuesArePackedWhereThatLosesNothing) {
  const auto halves = at::tensor({1.5f, -2.f}), others = at::tensor({0.1f, 1e6f});
  EXPECT_EQ(packed_values(halves).scalar_type(), at::kHalf);
  EXPECT_EQ(packed_values(others).scalar_type(), at::kFloat);
  EXPECT_EQ(packed_indices(at::full({1, 1}, 255, at::kInt), 256).scalar_type(), at::kByte);
  EXPECT_EQ(packed_indices(at::full({1, 1}, 256, at::kInt), 257).scalar_type(), at::kShort);
  EXPECT_EQ(packed_indices(at::full({1, 1}, 32768, at::kInt), 32769).scalar_type(), at::kInt);
}

TEST(VectorCodes, FilesAreHeldToSizesBeforeAnythingIsDecoded) {
  const auto refusal = [](const at::Tensor& codebook, const at::Tensor& indices, const at::Tensor& coefficients,
                          int64_t rows) {
    return tests::refusal_of([&] {
      checked_codes("f", checked_codebook("f", "codebook", codebook, coefficients.defined()), indices, coefficients,
                    rows);
    });
  };
  const auto wide = at::zeros({1, max_coded_channels});
  // A few zeros that stand for 2^32 + 2^16 values.
  const auto many = at::zeros({1, 1}, at::kByte).expand({(1 << 16) + 1, 1});
  EXPECT_NE(refusal(wide, many, {}, (1 << 16) + 1).find("f: 65537 rows of 65536 channels"), std::string::npos);
  EXPECT_NE(refusal(at::zeros({1, max_coded_channels + 1}), many, {}, 1).find("'codebook'"), std::string::npos);
  EXPECT_NE(refusal(at::zeros({max_sparse_entries + 1, 1}), at::zeros({1, 1}, at::kByte), at::zeros({1, 1}), 1)
                .find("'codebook'"),
            std::string::npos);
  // No rows, and yet a loop over 2^60 terms.
  const auto endless = at::empty({0, int64_t{1} << 60}, at::kByte), coefficients = at::empty({0, int64_t{1} << 60});
  EXPECT_NE(refusal(at::zeros({2, 2}), endless, coefficients, 0).find("terms a row"), std::string::npos);
}

TEST(VectorCodes, FilesWithWrongNumbersAreRefused) {
  const auto codebook = at::ones({2, 3}), index = at::zeros({1, 1}, at::kLong);
  const auto refusal = [&](const at::Tensor& indices, const at::Tensor& coefficients) {
    return tests::refusal_of([&] { checked_codes("f", codebook, indices, coefficients, 1); });
  };
  // The low 32 bits are 1.
  EXPECT_NE(refusal(at::full({1, 1}, (int64_t{1} << 32) + 1, at::kLong), {}).find("outside the codebook of 2"),
            std::string::npos);
  for (const double bad : {std::nan(""), HUGE_VAL}) {
    EXPECT_NE(refusal(index, at::full({1, 1}, bad, at::kFloat)).find("not finite"), std::string::npos);
    EXPECT_NE(tests::refusal_of([&] {
                checked_codebook("f", "codebook", at::full({1, 1}, bad, at::kFloat), false);
              }).find("not finite"),
              std::string::npos);
  }
  EXPECT_NE(refusal(index, at::full({1, 1}, 1e300, at::kDouble)).find("not finite"), std::string::npos);
}

TEST(VectorCoding, ImpossibleWishesAreRefused) {
  ThreadPool pool(1);
  EXPECT_THROW(fit_codebook(at::zeros({3, 2}), 4, stream(), pool), UserError);
  EXPECT_THROW(fit_sparse_codes(at::zeros({9, 2}), {.entries = 4, .terms = 5}, stream(), pool), UserError);
}

}  // namespace
}  // namespace retort::metrics
