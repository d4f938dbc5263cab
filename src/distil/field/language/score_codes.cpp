#include "distil/field/language/score_codes.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <vector>

#include "core/errors.h"
#include "distil/field/splat/cpu/simd_portable.h"
// The kernel comes after the vector type that it is compiled for.
#include "distil/field/language/score_codes_kernel.h"
#include "metrics/unit_vectors.h"

namespace retort::field {

namespace {
constexpr int64_t coded_rows_per_task = 4096, lanes = 16;
// What a pair of terms costs in the Gram matrix, in steps of sixteen channels: one number from anywhere in it, in
// float64, against one vector out of a row that is read from end to end.
constexpr int64_t pair_cost = 4;

ScoreCodes score_codes_for(Isa isa) {
  const auto chosen = resolve_isa(isa);
  if (chosen == Isa::avx512) return score_codes_avx512();
  return chosen == Isa::avx2 ? score_codes_avx2() : score_codes<splat::simd_portable::V>;
}

int64_t whole_vectors(int64_t width) { return (width + lanes - 1) / lanes * lanes; }

bool takes_gram(const metrics::VectorCodes& codes, CodedLengths lengths) {
  if (lengths != CodedLengths::automatic) return lengths == CodedLengths::gram;
  const int64_t vectors = whole_vectors(codes.channels()) / lanes, terms = codes.terms();
  const int64_t made = codes.entries() * codes.entries() * vectors;
  return made + codes.size() * pair_cost * terms * (terms + 1) / 2 < codes.size() * terms * vectors;
}

at::Tensor scored_codes(const metrics::VectorCodes& codes, const at::Tensor& directions, RowScore score,
                        double temperature, ThreadPool& pool, Isa isa, CodedLengths lengths) {
  RT_CHECK(codes.has_coefficients(), "codes without coefficients are asked entry by entry");
  RT_CHECK(directions.dim() == 2 && directions.size(0) >= 1 && directions.size(1) == codes.channels(),
           "coded rows of {} channels are asked for directions of {}", codes.channels(), directions.size(-1));
  const auto asked =
      score == RowScore::cosines ? metrics::unit_vectors(directions.to(at::kFloat)) : compared_directions(directions);
  const int64_t count = codes.size(), queries = asked.size(0);
  const auto padded = at::constant_pad_nd(asked, {0, 0, 0, whole_vectors(queries) - queries});
  auto values = at::mm(codes.codebook, padded.t()).contiguous();
  at::Tensor gram;
  if (takes_gram(codes, lengths)) {
    const auto exact = codes.codebook.to(at::kDouble);
    gram = at::mm(exact, exact.t()).contiguous();
  } else {
    const int64_t beyond = whole_vectors(codes.channels()) - codes.channels();
    values = at::cat({values, at::constant_pad_nd(codes.codebook, {0, beyond})}, 1);
  }
  auto scores = score == RowScore::cosines ? at::empty({count, queries}, at::kFloat) : at::empty({count}, at::kFloat);
  const CodeScoreJob job{.indices = codes.indices.data_ptr<int32_t>(),
                         .coefficients = codes.coefficients.data_ptr<float>(),
                         .terms = codes.terms(),
                         .entries = codes.entries(),
                         .values = values.data_ptr<float>(),
                         .width = values.size(1),
                         .table_width = padded.size(0),
                         .gram = gram.defined() ? gram.data_ptr<double>() : nullptr,
                         .asked = {.count = queries,
                                   .score = score,
                                   .temperature = static_cast<float>(temperature),
                                   .scores = scores.data_ptr<float>()}};
  const auto score_range = score_codes_for(isa);
  pool.run((count + coded_rows_per_task - 1) / coded_rows_per_task, [&](int64_t task) {
    std::vector<RowLanes> products(static_cast<size_t>(job.table_width));
    score_range(job, task * coded_rows_per_task, std::min(count, (task + 1) * coded_rows_per_task), products.data());
  });
  return scores;
}
}  // namespace

at::Tensor coded_cosines(const metrics::VectorCodes& codes, const at::Tensor& directions, ThreadPool& pool, Isa isa,
                         CodedLengths lengths) {
  return scored_codes(codes, directions, RowScore::cosines, 1, pool, isa, lengths);
}

at::Tensor coded_relevancy(const metrics::VectorCodes& codes, const at::Tensor& directions, const Relevancy& relevancy,
                           ThreadPool& pool, Isa isa, CodedLengths lengths) {
  check_relevancy(relevancy, directions.size(0));
  if (relevancy.form == RelevancyForm::cosine) {
    return scored_codes(codes, directions.slice(0, 0, 1), RowScore::cosines, 1, pool, isa, lengths).squeeze(1);
  }
  const auto score = relevancy.form == RelevancyForm::softmax ? RowScore::softmax : RowScore::relevancy;
  return scored_codes(codes, directions, score, relevancy.temperature, pool, isa, lengths);
}

}  // namespace retort::field
