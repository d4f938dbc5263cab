#include "metrics/vector_coding.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cstring>
#include <unordered_map>
#include <vector>

#include "core/errors.h"
#include "metrics/kmeans.h"
#include "metrics/unit_vectors.h"

namespace retort::metrics {

namespace {
constexpr int64_t rows_coded_at_once = 8192;
constexpr double ridge = 1e-6;  // keeps the least squares of nearly equal entries solvable

at::Tensor checked_coding_rows(const at::Tensor& rows, int64_t entries) {
  RT_CHECK(rows.dim() == 2 && rows.size(1) >= 1, "coding: rows that are not [P,C]");
  if (entries < 1 || entries > rows.size(0)) {
    user_error("a codebook of {} entries for {} rows; take 1 to {}", entries, rows.size(0), rows.size(0));
  }
  return rows.to(at::kFloat).contiguous();
}

at::Tensor coding_sample(const at::Tensor& rows, int64_t at_least, RandomGenerator& random) {
  const int64_t wanted = std::max(coding_sample_rows, at_least);
  if (rows.size(0) <= wanted) return rows;
  auto order = random.permutation(rows.size(0));
  order.resize(static_cast<size_t>(wanted));
  std::sort(order.begin(), order.end());  // in order of memory
  return rows.index_select(0, at::tensor(order));
}

// The distinct rows as codes, when there are at most `entries`: lossless.
std::optional<VectorCodes> distinct_codes(const at::Tensor& rows, int64_t entries) {
  const int64_t channels = rows.size(1);
  const float* values = rows.data_ptr<float>();
  std::unordered_map<std::string_view, int32_t> places;
  std::vector<int64_t> first_rows;
  auto indices = at::empty({rows.size(0), 1}, at::kInt);
  for (int64_t row = 0; row < rows.size(0); ++row) {
    const std::string_view bytes(reinterpret_cast<const char*>(values + row * channels), sizeof(float) * channels);
    const auto [place, is_new] = places.try_emplace(bytes, static_cast<int32_t>(first_rows.size()));
    if (is_new) first_rows.push_back(row);
    if (int64_t(first_rows.size()) > entries) return std::nullopt;
    indices.data_ptr<int32_t>()[row] = place->second;
  }
  return VectorCodes{rows.index_select(0, at::tensor(first_rows)), indices, {}};
}

struct Pursuit {
  at::Tensor indices;       // [M,S] int64
  at::Tensor coefficients;  // [M,S]
};

// Orthogonal matching pursuit of rows [M,C] in unit entries [K,C]: takes the entry that fits the remainder best, then
// solves for all taken so far.
Pursuit pursue(const at::Tensor& rows, const at::Tensor& entries, int64_t terms) {
  const auto gram = at::mm(entries, entries.t());   // [K,K]
  const auto products = at::mm(rows, entries.t());  // [M,K]
  auto remaining = products.clone();                // products of the remainder with the entries
  Pursuit result;
  for (int64_t term = 0; term < terms; ++term) {
    auto sizes = remaining.abs();
    if (term > 0) sizes.scatter_(1, result.indices, -1);
    const auto next = std::get<1>(sizes.max(1, true));
    result.indices = term == 0 ? next : at::cat({result.indices, next}, 1);
    const int64_t taken = term + 1;
    const auto chosen = gram.index_select(0, result.indices.view(-1)).view({-1, taken, gram.size(0)});
    const auto among = chosen.gather(2, result.indices.unsqueeze(1).expand({-1, taken, taken}));
    const auto wanted = products.gather(1, result.indices).unsqueeze(2);
    result.coefficients = at::linalg_solve(among + ridge * at::eye(taken), wanted).squeeze(2);
    remaining = products - at::bmm(result.coefficients.unsqueeze(1), chosen).squeeze(1);
  }
  return result;
}

// Entries that fit the rows best for given codes; entries that no row uses become the rows that fit worst.
at::Tensor updated_entries(const at::Tensor& rows, const Pursuit& codes, const at::Tensor& entries) {
  const auto dense = at::zeros({rows.size(0), entries.size(0)}).scatter(1, codes.indices, codes.coefficients);
  const auto normal = at::mm(dense.t(), dense);
  const auto used = normal.diagonal() > 0;
  const auto solved =
      at::linalg_solve(normal + ridge * rows.size(0) * at::eye(entries.size(0)), at::mm(dense.t(), rows));
  auto updated = at::where((used.logical_and(solved.norm(2, {1}) > 0)).unsqueeze(1), unit_vectors(solved), entries);
  const auto unused = used.logical_not().nonzero().squeeze(1);
  if (unused.size(0) > 0) {
    const auto worst = (rows - at::mm(dense, entries)).square().sum(1).argsort(0, true).slice(0, 0, unused.size(0));
    if (worst.size(0) == unused.size(0)) updated.index_copy_(0, unused, unit_vectors(rows.index_select(0, worst)));
  }
  return updated;
}

void check_terms(int64_t terms, int64_t entries) {
  if (terms < 1 || terms > entries) {
    user_error("sparse codes of {} terms out of {} entries; take 1 to {}", terms, entries, entries);
  }
  if (entries > max_sparse_entries) {
    user_error("sparse codes out of {} entries; take 1 to {}", entries, max_sparse_entries);
  }
}
}  // namespace

at::Tensor learn_codebook(const at::Tensor& sample, int64_t entries, RandomGenerator random, ThreadPool& pool) {
  const auto rows = checked_coding_rows(sample, entries);
  return fit_kmeans(rows, {.clusters = entries, .iterations = 25}, random, pool).centres.contiguous();
}

VectorCodes nearest_codes(const at::Tensor& rows, const at::Tensor& codebook, ThreadPool& pool) {
  const auto labels = nearest_centre(rows.to(at::kFloat).contiguous(), codebook, pool);
  return {codebook, labels.to(at::kInt).unsqueeze(1).contiguous(), {}};
}

VectorCodes fit_codebook(const at::Tensor& rows, int64_t entries, RandomGenerator random, ThreadPool& pool) {
  const auto all = checked_coding_rows(rows, entries);
  if (auto exact = distinct_codes(all, entries)) return *exact;
  const auto sample = coding_sample(all, entries, random);
  return nearest_codes(all, learn_codebook(sample, entries, random, pool), pool);
}

at::Tensor learn_sparse_entries(const at::Tensor& sample, const SparseCodingOptions& options, RandomGenerator random,
                                ThreadPool& pool) {
  const auto rows = checked_coding_rows(sample, options.entries);
  check_terms(options.terms, options.entries);
  auto entries = unit_vectors(fit_kmeans(rows, {.clusters = options.entries, .iterations = 10}, random, pool).centres);
  for (int64_t iteration = 0; iteration < options.iterations; ++iteration) {
    entries = updated_entries(rows, pursue(rows, entries, options.terms), entries);
  }
  return options.half_entries ? rounded_to_half(entries, "codebook") : entries.contiguous();
}

VectorCodes sparse_codes(const at::Tensor& rows, const at::Tensor& entries, int64_t terms) {
  check_terms(terms, entries.size(0));
  const auto all = rows.to(at::kFloat).contiguous();
  std::vector<at::Tensor> indices, coefficients;
  for (int64_t begin = 0; begin < all.size(0); begin += rows_coded_at_once) {
    const auto part = pursue(all.slice(0, begin, std::min(begin + rows_coded_at_once, all.size(0))), entries, terms);
    indices.push_back(part.indices.to(at::kInt));
    coefficients.push_back(part.coefficients.to(at::kHalf).to(at::kFloat));
  }
  return {entries, at::cat(indices).contiguous(), at::cat(coefficients).contiguous()};
}

VectorCodes fit_sparse_codes(const at::Tensor& rows, const SparseCodingOptions& options, RandomGenerator random,
                             ThreadPool& pool) {
  const auto all = checked_coding_rows(rows, options.entries);
  const auto sample = coding_sample(all, options.entries, random);
  return sparse_codes(all, learn_sparse_entries(sample, options, random, pool), options.terms);
}

at::Tensor rounded_to_half(const at::Tensor& values, const std::string& what) {
  const auto halves = values.to(at::kHalf);
  if (!at::isfinite(halves).all().item<bool>()) {
    user_error("{}: values that are not finite, or beyond float16's 65504; store them without --half", what);
  }
  return halves.to(at::kFloat);
}

}  // namespace retort::metrics
