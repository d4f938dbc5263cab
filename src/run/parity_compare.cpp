#include "run/parity_compare.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "run/parity_declaration.h"

namespace retort::run {

namespace {

std::string element_name(const std::string& tensor, const at::Tensor& shaped_like, int64_t flat_index) {
  std::vector<int64_t> position(shaped_like.dim());
  for (int64_t axis = shaped_like.dim() - 1; axis >= 0; --axis) {
    position[axis] = flat_index % shaped_like.size(axis);
    flat_index /= shaped_like.size(axis);
  }
  return position.empty() ? tensor : fmt::format("{}[{}]", tensor, fmt::join(position, ","));
}

std::string compare_exact_elements(const std::string& name, const at::Tensor& got, const at::Tensor& want) {
  const at::Tensor got_flat = got.to(at::kLong).contiguous(), want_flat = want.to(at::kLong).contiguous();
  const int64_t *got_data = got_flat.data_ptr<int64_t>(), *want_data = want_flat.data_ptr<int64_t>();
  for (int64_t index = 0; index < want.numel(); ++index) {
    if (got_data[index] != want_data[index]) {
      return fmt::format("{} is {}, should be {}", element_name(name, want, index), got_data[index], want_data[index]);
    }
  }
  return "";
}

std::string compare_floating_elements(const std::string& name, const at::Tensor& got, const at::Tensor& want,
                                      const ParityTolerance& tolerance, ParityDeviation& deviation) {
  const at::Tensor got_flat = got.to(at::kDouble).contiguous(), want_flat = want.to(at::kDouble).contiguous();
  const double *got_data = got_flat.data_ptr<double>(), *want_data = want_flat.data_ptr<double>();
  std::string fault;
  for (int64_t index = 0; index < want.numel(); ++index) {
    const double given = got_data[index], wanted = want_data[index];
    if (given == wanted || (std::isnan(given) && std::isnan(wanted))) continue;
    const double difference = std::abs(given - wanted);
    if (std::isfinite(difference)) {
      deviation.max_absolute = std::max(deviation.max_absolute, difference);
      if (std::abs(wanted) > tolerance.absolute) {
        deviation.max_relative = std::max(deviation.max_relative, difference / std::abs(wanted));
      }
      if (difference <= tolerance.absolute + tolerance.relative * std::abs(wanted)) continue;
    }
    if (fault.empty()) {
      fault = fmt::format("{} is {:.9g}, should be {:.9g} (off by {:.2e})", element_name(name, want, index), given,
                          wanted, difference);
    }
  }
  return fault;
}

}  // namespace

std::string compare_parity_tensors(const std::string& name, const at::Tensor& got, const at::Tensor& want,
                                   const ParityTolerance& tolerance, ParityDeviation& deviation) {
  if (got.sizes() != want.sizes()) {
    return fmt::format("{} has shape {}, should have {}", name, parity_shape_text(got), parity_shape_text(want));
  }
  const bool floating = want.is_floating_point();
  if (floating ? !got.is_floating_point() : got.scalar_type() != want.scalar_type()) {
    return fmt::format("{} is {}, should be {}", name, parity_dtype_name(got), parity_dtype_name(want));
  }
  return floating ? compare_floating_elements(name, got, want, tolerance, deviation)
                  : compare_exact_elements(name, got, want);
}

}  // namespace retort::run
