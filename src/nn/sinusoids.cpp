#include "nn/sinusoids.h"

#include <ATen/ATen.h>

#include <cmath>

#include "core/errors.h"
#include "io/array.h"

namespace retort::nn {

at::Tensor sinusoids(const at::Tensor& times, const SinusoidOptions& options) {
  RT_CHECK(times.dim() == 1 && times.is_floating_point() && options.width % 2 == 0,
           "sinusoids: times {}, width {}; floating [B] and an even width are right",
           io::shape_text(times.sizes().vec()), options.width);
  const int64_t half = options.width / 2, steps = options.reaches_end ? half - 1 : half;
  RT_CHECK(steps > 0, "sinusoids: a width of {} has no second frequency", options.width);
  const auto exponents = at::arange(half, times.options().dtype(at::kDouble)) * (-1.0 / double(steps));
  const auto frequencies = at::exp(exponents * std::log(options.longest)).to(times.options());
  const auto angles = times.unsqueeze(1) * frequencies.unsqueeze(0);
  const auto cosines = angles.cos(), sines = angles.sin();
  return options.cosines_first ? at::cat({cosines, sines}, 1) : at::cat({sines, cosines}, 1);
}

at::Tensor grid_sinusoids(int64_t rows, int64_t columns, int64_t width) {
  RT_CHECK(width % 4 == 0, "grid_sinusoids: a width of {}; a multiple of 4 would be right", width);
  const SinusoidOptions options{.width = width / 2, .cosines_first = false};
  const auto by_column = sinusoids(at::arange(columns, at::kDouble), options);
  const auto by_row = sinusoids(at::arange(rows, at::kDouble), options);
  const std::vector<int64_t> shape = {rows, columns, width / 2};
  return at::cat({by_column.unsqueeze(0).expand(shape), by_row.unsqueeze(1).expand(shape)}, 2)
      .reshape({1, rows * columns, width});
}

}  // namespace retort::nn
