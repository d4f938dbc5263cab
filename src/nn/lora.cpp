#include "nn/lora.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "core/errors.h"
#include "io/array.h"

namespace retort::nn {

at::Tensor LoraSource::get(const WeightRequest& request) {
  auto base = base_.get(request);
  constexpr std::string_view ending = ".weight";
  if (request.buffer || !request.name.ends_with(ending)) return base;
  const auto path = request.name.substr(0, request.name.size() - ending.size());
  if (std::find(targets_.begin(), targets_.end(), path) == targets_.end()) return base;
  const auto& shape = request.shape;
  const bool is_matrix = shape.size() == 2 || (shape.size() == 4 && shape[2] == 1 && shape[3] == 1);
  RT_CHECK(is_matrix, "{}: {} can't be adapted by a low rank; matrices and 1x1 convolutions can", request.name,
           io::shape_text(shape));
  const double bound = 1 / std::sqrt(static_cast<double>(shape[1]));
  const auto down = adapters_.get(
      {.name = path + ".lora_down", .shape = {options_.rank, shape[1]}, .initialiser = Initialiser::uniform(bound)});
  const auto up = adapters_.get(
      {.name = path + ".lora_up", .shape = {shape[0], options_.rank}, .initialiser = Initialiser::zeros()});
  const double scale = options_.alpha / static_cast<double>(options_.rank);
  return base + (at::matmul(up, down) * scale).view(shape);
}

}  // namespace retort::nn
