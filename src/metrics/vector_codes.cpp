#include "metrics/vector_codes.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/errors.h"

namespace retort::metrics {

namespace {
constexpr int64_t rows_of_error_at_once = 8192;  // so that the error of a large field takes no second copy of it
constexpr double worst_share = 0.01;

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

bool fits_half(const at::Tensor& values) { return values.to(at::kHalf).to(values.scalar_type()).equal(values); }

at::Tensor checked_codebook(const std::string& source, const std::string& key, const at::Tensor& codebook,
                            bool is_sparse) {
  const int64_t most = is_sparse ? max_sparse_entries : max_codebook_entries;
  if (!codebook.defined() || codebook.dim() != 2 || !codebook.is_floating_point() || codebook.size(0) < 1 ||
      codebook.size(0) > most || codebook.size(1) < 1 || codebook.size(1) > max_coded_channels) {
    user_error("{}: tensor '{}' is missing, or no floating [1 to {},1 to {}]", source, key, most, max_coded_channels);
  }
  const auto values = codebook.to(at::kFloat).contiguous();
  if (!at::isfinite(values).all().item<bool>()) {
    user_error("{}: tensor '{}' has values that are not finite", source, key);
  }
  return values;
}

VectorCodes checked_codes(const std::string& source, const at::Tensor& codebook, const at::Tensor& indices,
                          const at::Tensor& coefficients, int64_t rows) {
  if (!indices.defined() || indices.dim() != 2 || indices.size(0) != rows || indices.size(1) < 1 ||
      !at::isIntegralType(indices.scalar_type(), false)) {
    user_error("{}: the indices of its codes are missing, or not whole numbers [{},S]", source, rows);
  }
  const int64_t entries = codebook.size(0), terms = indices.size(1);
  if (terms > (coefficients.defined() ? entries : 1)) {
    user_error("{}: {} terms a row, out of {} entries {} coefficients", source, terms, entries,
               coefficients.defined() ? "with" : "without");
  }
  if (rows > max_decoded_values / codebook.size(1)) {
    user_error("{}: {} rows of {} channels; coded are at most {} values", source, rows, codebook.size(1),
               max_decoded_values);
  }
  // Held against the range in their own width: the low half of a 64-bit number may look innocent.
  if (rows > 0 && (indices.min().item<int64_t>() < 0 || indices.max().item<int64_t>() >= entries)) {
    user_error("{}: an index of its codes points outside the codebook of {}", source, entries);
  }
  VectorCodes codes{codebook, indices.to(at::kInt).contiguous(), {}};
  if (coefficients.defined()) {
    if (coefficients.sizes() != indices.sizes() || !coefficients.is_floating_point()) {
      user_error("{}: the coefficients of its codes are no floating [{},{}]", source, rows, terms);
    }
    codes.coefficients = coefficients.to(at::kFloat).contiguous();
    if (!at::isfinite(codes.coefficients).all().item<bool>()) {
      user_error("{}: a coefficient of its codes is not finite", source);
    }
  }
  return codes;
}

int64_t index_bytes(int64_t entries) { return entries <= 256 ? 1 : entries <= 32768 ? 2 : 4; }

at::Tensor packed_indices(const at::Tensor& indices, int64_t entries) {
  const int64_t bytes = index_bytes(entries);
  return indices.to(bytes == 1 ? at::kByte : bytes == 2 ? at::kShort : at::kInt);
}

at::Tensor packed_values(const at::Tensor& values) { return fits_half(values) ? values.to(at::kHalf) : values; }

int64_t coded_bytes(const VectorCodes& codes) {
  const int64_t coefficient_bytes = codes.has_coefficients() ? 2 : 0, value_bytes = fits_half(codes.codebook) ? 2 : 4;
  return codes.codebook.numel() * value_bytes +
         codes.indices.numel() * (index_bytes(codes.entries()) + coefficient_bytes);
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

void CodingErrorSums::add(const at::Tensor& rows, const at::Tensor& coded) {
  RT_CHECK(rows.dim() == 2 && rows.sizes() == coded.sizes(), "coding error: rows and coded rows of different shapes");
  for (int64_t begin = 0; begin < rows.size(0); begin += rows_of_error_at_once) {
    const int64_t end = std::min(begin + rows_of_error_at_once, rows.size(0));
    const auto a = rows.slice(0, begin, end).to(at::kDouble), b = coded.slice(0, begin, end).to(at::kDouble);
    squared_error_ += (a - b).square().sum().item<double>();
    squared_length_ += a.square().sum().item<double>();
    const auto length = a.norm(2, {1}), other = b.norm(2, {1});
    const auto cosine = (a * b).sum(1) / (length * other).clamp_min(1e-30);
    const auto counted = cosine.masked_select(length > 0);
    cosine_sum_ += counted.sum().item<double>();
    cosines_.push_back(counted.to(at::kFloat));
  }
}

CodingError CodingErrorSums::error() const {
  CodingError error{.relative_l2 = 0, .mean_cosine = 1, .worst_cosine = 1};
  // Zeros that are coded as something have an error, and 0 / 0 is none.
  if (squared_error_ != 0) {
    error.relative_l2 =
        squared_length_ == 0 ? std::numeric_limits<double>::infinity() : std::sqrt(squared_error_ / squared_length_);
  }
  if (cosines_.empty()) return error;
  const auto sorted = std::get<0>(at::cat(cosines_).sort());
  if (sorted.numel() == 0) return error;
  const auto worst = static_cast<int64_t>(worst_share * static_cast<double>(sorted.numel() - 1));
  error.mean_cosine = cosine_sum_ / static_cast<double>(sorted.numel());
  error.worst_cosine = sorted[worst].item<double>();
  return error;
}

CodingError coding_error(const at::Tensor& rows, const at::Tensor& coded) {
  RT_CHECK(rows.size(0) >= 1, "coding error: no rows");
  CodingErrorSums sums;
  sums.add(rows, coded);
  return sums.error();
}

}  // namespace retort::metrics
