#include "metrics/vector_codes.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/errors.h"

namespace retort::metrics {

namespace {
constexpr int64_t rows_of_error_at_once = 8192;  // so that the error of a large field takes no second copy of it
constexpr double worst_share = 0.01;

int64_t index_bytes(int64_t entries) { return entries <= 256 ? 1 : entries <= 32768 ? 2 : 4; }

// Sums coefficient * table[index] of each row's terms: table [K,M] -> [P,M].
at::Tensor gather_terms(const VectorCodes& codes, const at::Tensor& table) {
  at::Tensor sum;
  for (int64_t term = 0; term < codes.terms(); ++term) {
    auto part = table.index_select(0, codes.indices.select(1, term));
    if (codes.has_coefficients()) part.mul_(codes.coefficients.select(1, term).unsqueeze(1));
    if (sum.defined())
      sum.add_(part);
    else
      sum = part;
  }
  return sum;
}
}  // namespace

void VectorCodes::check() const {
  RT_CHECK(codebook.defined() && codebook.dim() == 2 && codebook.scalar_type() == at::kFloat &&
               codebook.is_contiguous() && codebook.size(0) >= 1,
           "vector codes: the codebook is no contiguous float32 [K,C]");
  RT_CHECK(indices.defined() && indices.dim() == 2 && indices.scalar_type() == at::kInt && indices.is_contiguous() &&
               indices.size(1) >= 1,
           "vector codes: the indices are no contiguous int32 [P,S]");
  RT_CHECK(!has_coefficients() || (coefficients.sizes() == indices.sizes() &&
                                   coefficients.scalar_type() == at::kFloat && coefficients.is_contiguous()),
           "vector codes: the coefficients are no contiguous float32 of the indices' shape");
  RT_CHECK(has_coefficients() || terms() == 1, "vector codes: {} terms a row without coefficients", terms());
  const int32_t* index = indices.data_ptr<int32_t>();
  RT_CHECK(std::all_of(index, index + indices.numel(), [&](int32_t i) { return i >= 0 && i < entries(); }),
           "vector codes: an index outside [0, {})", entries());
}

std::string VectorCodes::description() const {
  return has_coefficients() ? fmt::format("{} of {} sparse", terms(), entries())
                            : fmt::format("codebook of {}", entries());
}

int64_t coded_bytes(const VectorCodes& codes) {
  const int64_t coefficient_bytes = codes.has_coefficients() ? 2 : 0;
  return codes.codebook.numel() * 4 + codes.indices.numel() * (index_bytes(codes.entries()) + coefficient_bytes);
}

at::Tensor decode(const VectorCodes& codes) { return gather_terms(codes, codes.codebook); }

VectorCodes select_rows(const VectorCodes& codes, const at::Tensor& rows) {
  return {codes.codebook, codes.indices.index_select(0, rows),
          codes.has_coefficients() ? codes.coefficients.index_select(0, rows) : at::Tensor()};
}

at::Tensor coded_products(const VectorCodes& codes, const at::Tensor& directions) {
  RT_CHECK(directions.dim() == 2 && directions.size(1) == codes.channels(),
           "coded products: rows of {} channels, directions of {}", codes.channels(), directions.size(-1));
  return gather_terms(codes, at::mm(codes.codebook, directions.to(at::kFloat).t()));
}

at::Tensor coded_lengths(const VectorCodes& codes) {
  if (!codes.has_coefficients()) return gather_terms(codes, codes.codebook.norm(2, {1}, true)).squeeze(1);
  // In float64: the squared length of a sum of entries that cancel is a small difference of large products.
  const auto entries = codes.codebook.to(at::kDouble);
  const auto gram = at::mm(entries, entries.t()).contiguous();
  const double* products = gram.data_ptr<double>();
  const int32_t* index = codes.indices.data_ptr<int32_t>();
  const float* coefficient = codes.coefficients.data_ptr<float>();
  auto lengths = at::empty({codes.size()}, at::kFloat);
  const int64_t terms = codes.terms(), count = codes.entries();
  for (int64_t row = 0; row < codes.size(); ++row, index += terms, coefficient += terms) {
    double squared = 0;
    for (int64_t s = 0; s < terms; ++s) {
      for (int64_t t = 0; t < terms; ++t) {
        squared += double{coefficient[s]} * coefficient[t] * products[index[s] * count + index[t]];
      }
    }
    lengths.data_ptr<float>()[row] = static_cast<float>(std::sqrt(std::max(squared, 0.0)));
  }
  return lengths;
}

CodingError coding_error(const at::Tensor& rows, const at::Tensor& coded) {
  RT_CHECK(rows.dim() == 2 && rows.sizes() == coded.sizes() && rows.size(0) >= 1,
           "coding error: rows and coded rows of different shapes, or none");
  double squared_error = 0, squared_length = 0;
  std::vector<at::Tensor> cosines;
  for (int64_t begin = 0; begin < rows.size(0); begin += rows_of_error_at_once) {
    const int64_t end = std::min(begin + rows_of_error_at_once, rows.size(0));
    const auto a = rows.slice(0, begin, end).to(at::kDouble), b = coded.slice(0, begin, end).to(at::kDouble);
    squared_error += (a - b).square().sum().item<double>();
    squared_length += a.square().sum().item<double>();
    const auto length = a.norm(2, {1}), other = b.norm(2, {1});
    const auto cosine = (a * b).sum(1) / (length * other).clamp_min(1e-30);
    cosines.push_back(cosine.masked_select(length > 0));
  }
  const auto sorted = std::get<0>(at::cat(cosines).sort());
  if (sorted.numel() == 0) return {.relative_l2 = 0, .mean_cosine = 1, .worst_cosine = 1};
  const auto worst = static_cast<int64_t>(worst_share * static_cast<double>(sorted.numel() - 1));
  return {.relative_l2 = std::sqrt(squared_error / squared_length),
          .mean_cosine = sorted.mean().item<double>(),
          .worst_cosine = sorted[worst].item<double>()};
}

}  // namespace retort::metrics
