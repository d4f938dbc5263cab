#include "distil/field/language/score_rows.h"

#include <ATen/ATen.h>

#include <vector>

#include "core/errors.h"
#include "distil/field/splat/cpu/simd_portable.h"
// The kernel comes after the vector type that it is compiled for.
#include "distil/field/language/score_rows_kernel.h"
#include "metrics/unit_vectors.h"

namespace retort::field {

namespace {
constexpr int64_t scored_rows_per_task = 4096;

ScoreRows score_rows_for(Isa isa) {
  const auto chosen = resolve_isa(isa);
  if (chosen == Isa::avx512) return score_rows_avx512();
  return chosen == Isa::avx2 ? score_rows_avx2() : score_rows<splat::simd_portable::V>;
}

/// Directions [K,C] in blocks as the kernel reads them.
at::Tensor in_blocks(const at::Tensor& directions) {
  const int64_t blocks = (directions.size(0) + directions_at_once - 1) / directions_at_once;
  return at::constant_pad_nd(directions, {0, 0, 0, blocks * directions_at_once - directions.size(0)})
      .view({blocks, directions_at_once, directions.size(1)})
      .transpose(1, 2)
      .contiguous();
}

at::Tensor scored_rows(const at::Tensor& rows, const at::Tensor& directions, RowScore score, double temperature,
                       ThreadPool& pool, Isa isa) {
  RT_CHECK(rows.dim() == 2 && directions.dim() == 2 && rows.size(1) == directions.size(1) && directions.size(0) >= 1,
           "rows of {} channels are asked for directions of {}", rows.size(-1), directions.size(-1));
  const auto values = rows.to(at::kFloat).contiguous();
  const auto asked =
      score == RowScore::cosines ? metrics::unit_vectors(directions.to(at::kFloat)) : compared_directions(directions);
  const auto blocks = in_blocks(asked);
  const int64_t count = values.size(0), queries = asked.size(0);
  auto scores = score == RowScore::cosines ? at::empty({count, queries}, at::kFloat) : at::empty({count}, at::kFloat);
  const RowScoreJob job{.rows = values.data_ptr<float>(),
                        .directions = blocks.data_ptr<float>(),
                        .channels = values.size(1),
                        .count = queries,
                        .score = score,
                        .temperature = static_cast<float>(temperature),
                        .scores = scores.data_ptr<float>()};
  const auto score_range = score_rows_for(isa);
  pool.run((count + scored_rows_per_task - 1) / scored_rows_per_task, [&](int64_t task) {
    std::vector<RowLanes> products(static_cast<size_t>(queries));
    score_range(job, task * scored_rows_per_task, std::min(count, (task + 1) * scored_rows_per_task), products.data());
  });
  return scores;
}
}  // namespace

at::Tensor row_cosines(const at::Tensor& rows, const at::Tensor& directions, ThreadPool& pool, Isa isa) {
  return scored_rows(rows, directions, RowScore::cosines, 1, pool, isa);
}

at::Tensor row_relevancy(const at::Tensor& rows, const at::Tensor& directions, const Relevancy& relevancy,
                         ThreadPool& pool, Isa isa) {
  check_relevancy(relevancy, directions.size(0));
  if (relevancy.form == RelevancyForm::cosine) {
    return scored_rows(rows, directions.slice(0, 0, 1), RowScore::cosines, 1, pool, isa).squeeze(1);
  }
  const auto score = relevancy.form == RelevancyForm::softmax ? RowScore::softmax : RowScore::relevancy;
  return scored_rows(rows, directions, score, relevancy.temperature, pool, isa);
}

}  // namespace retort::field
