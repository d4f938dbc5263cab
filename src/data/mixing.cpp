#include "data/mixing.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "core/errors.h"
#include "core/registries.h"
#include "data/self_mix.h"
#include "run/parity.h"

namespace retort::data {
namespace {

// Marsaglia and Tsang's method needs shape >= 1; a smaller one is brought there and back by a power of a uniform
// number.
double draw_gamma(double shape, RandomGenerator& random) {
  if (shape < 1) return draw_gamma(shape + 1, random) * std::pow(1 - random.uniform(), 1 / shape);
  const double d = shape - 1.0 / 3, c = 1 / std::sqrt(9 * d);
  for (;;) {
    const double x = random.normal(), cube_root = 1 + c * x;
    if (cube_root <= 0) continue;
    const double v = cube_root * cube_root * cube_root, u = 1 - random.uniform();
    if (std::log(u) < 0.5 * x * x + d - d * v + d * std::log(v)) return d * v;
  }
}

at::Tensor tensor_of(const std::vector<int64_t>& values) {
  at::Tensor tensor = at::empty({int64_t(values.size())}, at::kLong);
  std::memcpy(tensor.data_ptr(), values.data(), values.size() * sizeof(int64_t));
  return tensor;
}

}  // namespace

double draw_beta(double alpha, double beta, RandomGenerator& random) {
  RT_CHECK(alpha > 0 && beta > 0, "Beta({}, {})", alpha, beta);
  const double first = draw_gamma(alpha, random), second = draw_gamma(beta, random);
  // Tiny parameters may underflow both.
  return first + second > 0 ? first / (first + second) : double(random.integer(2));
}

at::Tensor mixup_images(const at::Tensor& image, const at::Tensor& partner, double lambda) {
  return image * lambda + image.index_select(0, partner) * (1 - lambda);
}

at::Tensor cutmix_images(const at::Tensor& image, const at::Tensor& partner, const Window& window) {
  at::Tensor mixed = image.clone();
  const auto part = [&](const at::Tensor& whole) {
    return whole.slice(2, window.top, window.top + window.height).slice(3, window.left, window.left + window.width);
  };
  part(mixed).copy_(part(image).index_select(0, partner));
  return mixed;
}

Window cutmix_window(int height, int width, double lambda, int middle_y, int middle_x) {
  RT_CHECK(lambda >= 0 && lambda <= 1, "CutMix keeps a share of {}", lambda);
  const double side = std::sqrt(1 - lambda);
  const int cut_height = int(height * side), cut_width = int(width * side);
  const int top = std::clamp(middle_y - cut_height / 2, 0, height),
            left = std::clamp(middle_x - cut_width / 2, 0, width);
  const int bottom = std::clamp(middle_y + cut_height / 2, 0, height);
  const int right = std::clamp(middle_x + cut_width / 2, 0, width);
  return {top, left, bottom - top, right - left};
}

Window draw_cutmix_window(int height, int width, double lambda, RandomGenerator& random) {
  const int middle_y = int(random.integer(height)), middle_x = int(random.integer(width));
  return cutmix_window(height, width, lambda, middle_y, middle_x);
}

at::Tensor soft_targets(const MixedBatch& mixed, int64_t classes) {
  const auto one_hot = [&](const at::Tensor& target) { return at::one_hot(target, classes).to(at::kFloat); };
  return one_hot(mixed.target) * mixed.lambda + one_hot(mixed.partner_target) * (1 - mixed.lambda);
}

MixedBatch mix_batch(const at::Tensor& image, const at::Tensor& target, const MixingOptions& options,
                     const RandomTree& random, int64_t crops) {
  RT_CHECK(image.dim() == 4 && target.dim() == 1 && image.size(0) == target.size(0),
           "mix_batch: image of {} dimensions, target of {}", image.dim(), target.dim());
  RandomGenerator generator = random.generator();
  const bool mixes = generator.uniform() < options.probability;
  const bool both = options.mixup_alpha > 0 && options.cutmix_alpha > 0;
  const bool cuts = both ? generator.uniform() < options.switch_probability : options.cutmix_alpha > 0;
  const double alpha = cuts ? options.cutmix_alpha : options.mixup_alpha;
  if (!mixes || alpha <= 0) return {image, target, target, 1};
  MixedBatch mixed{.lambda = draw_beta(alpha, alpha, generator)};
  RT_CHECK(crops >= 1 && image.size(0) % crops == 0, "mix_batch: {} crops in {} rows", crops, image.size(0));
  const at::Tensor drawn = options.same_picture ? same_picture_partners(image.size(0) / crops, crops, generator)
                                                : tensor_of(generator.permutation(image.size(0)));
  const at::Tensor partner = drawn.to(image.device());
  if (cuts) {
    const int height = int(image.size(2)), width = int(image.size(3));
    const Window window = draw_cutmix_window(height, width, mixed.lambda, generator);
    mixed.image = cutmix_images(image, partner, window);
    mixed.lambda = 1 - double(window.height) * window.width / (double(height) * width);
  } else {
    mixed.image = mixup_images(image, partner, mixed.lambda);
  }
  mixed.target = target;
  mixed.partner = partner;
  mixed.partner_target = target.index_select(0, partner.to(target.device()));
  return mixed;
}

}  // namespace retort::data

namespace retort {

void register_mixing(Registries& registries) {
  registries.parity.add("model.meal_v2.cutmix_box",
                        {.summary = "CutMix's windows around given pixels",
                         .source = "szq0214/MEAL-V2 @59e6bca, utils.py rand_bbox",
                         .inputs = {{"lam", "[N]"}, {"cx", "[N]", "i64"}, {"cy", "[N]", "i64"}},
                         .options = {"dim2", "dim3"},
                         .outputs = {{"value", "[N,4]", "i64"}},
                         .run = [](run::ParityCall& call) {
                           const int height = int(call.integer("dim2")), width = int(call.integer("dim3"));
                           const at::Tensor lambda = call.input("lam"), x = call.input("cx"), y = call.input("cy");
                           at::Tensor boxes = at::empty({lambda.size(0), 4}, at::kLong);
                           for (int64_t row = 0; row < lambda.size(0); ++row) {
                             // The authors' x runs along dimension 2, which is our height.
                             const auto window =
                                 data::cutmix_window(height, width, lambda[row].item<double>(),
                                                     int(x[row].item<int64_t>()), int(y[row].item<int64_t>()));
                             boxes[row][0] = window.top;
                             boxes[row][1] = window.left;
                             boxes[row][2] = window.top + window.height;
                             boxes[row][3] = window.left + window.width;
                           }
                           call.output("value", boxes);
                         }});
}

}  // namespace retort
