#include "distil/field/methods/exposure.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <array>
#include <vector>

#include "core/errors.h"

namespace retort::field {

namespace {
constexpr int64_t exposure_strip_pixels = 8192;
constexpr int64_t affine_size = 12;
constexpr double exposure_epsilon = 1e-8;  // Adam's own, which the authors leave as it is here

int64_t strips_of(int64_t pixels) { return (pixels + exposure_strip_pixels - 1) / exposure_strip_pixels; }
}  // namespace

template <class Real>
void apply_exposure(const Real* affine, const Real* colour, int64_t pixels, Real* shown, ThreadPool& pool) {
  pool.parallel_for(pixels, exposure_strip_pixels, [&](int64_t begin, int64_t end) {
    const Real *red = colour, *green = colour + pixels, *blue = colour + 2 * pixels;
    for (int64_t channel = 0; channel < 3; ++channel) {
      const Real* from = affine + 4 * channel;
      Real* to = shown + channel * pixels;
      for (int64_t pixel = begin; pixel < end; ++pixel) {
        to[pixel] = from[0] * red[pixel] + from[1] * green[pixel] + from[2] * blue[pixel] + from[3];
      }
    }
  });
}

template <class Real>
void exposure_backward(const Real* affine, const Real* colour, int64_t pixels, Real* gradient, Real* affine_gradient,
                       ThreadPool& pool) {
  std::vector<std::array<double, affine_size>> sums(strips_of(pixels));
  pool.run(strips_of(pixels), [&](int64_t strip) {
    auto& sum = sums[strip];
    sum.fill(0);
    const int64_t end = std::min(pixels, (strip + 1) * exposure_strip_pixels);
    for (int64_t pixel = strip * exposure_strip_pixels; pixel < end; ++pixel) {
      Real slope[3], below[3] = {0, 0, 0};
      for (int64_t channel = 0; channel < 3; ++channel) {
        slope[channel] = gradient[channel * pixels + pixel];
        for (int64_t from = 0; from < 3; ++from) {
          sum[4 * channel + from] += double(slope[channel]) * double(colour[from * pixels + pixel]);
          below[from] += affine[4 * channel + from] * slope[channel];
        }
        sum[4 * channel + 3] += double(slope[channel]);
      }
      for (int64_t channel = 0; channel < 3; ++channel) gradient[channel * pixels + pixel] = below[channel];
    }
  });
  for (int64_t index = 0; index < affine_size; ++index) {
    double total = 0;
    for (const auto& sum : sums) total += sum[index];
    affine_gradient[index] = static_cast<Real>(total);
  }
}

template void apply_exposure(const float*, const float*, int64_t, float*, ThreadPool&);
template void apply_exposure(const double*, const double*, int64_t, double*, ThreadPool&);
template void exposure_backward(const float*, const float*, int64_t, float*, float*, ThreadPool&);
template void exposure_backward(const double*, const double*, int64_t, double*, double*, ThreadPool&);

Exposures::Exposures(int64_t photos, ThreadPool& pool)
    : pool_(pool),
      values_(at::eye(3, 4, at::kFloat).unsqueeze(0).repeat({photos, 1, 1}).contiguous()),
      gradient_(at::zeros_like(values_)),
      moments_(train::fresh_adam_moments(values_)) {}

float* Exposures::row(const at::Tensor& of, int64_t photo) const {
  RT_CHECK(photo >= 0 && photo < values_.size(0), "exposure of photo {} of {}", photo, values_.size(0));
  return of.data_ptr<float>() + affine_size * photo;
}

const at::Tensor& Exposures::show(int64_t photo, const at::Tensor& colour) {
  if (!shown_.defined() || shown_.sizes() != colour.sizes()) shown_ = at::empty_like(colour);
  apply_exposure(row(values_, photo), colour.data_ptr<float>(), colour.numel() / 3, shown_.data_ptr<float>(), pool_);
  return shown_;
}

void Exposures::backward(int64_t photo, const at::Tensor& colour, at::Tensor& gradient) {
  exposure_backward(row(values_, photo), colour.data_ptr<float>(), colour.numel() / 3, gradient.data_ptr<float>(),
                    row(gradient_, photo), pool_);
}

void Exposures::step(double learning_rate) {
  const auto group = train::adam_group(values_, gradient_, moments_, learning_rate, exposure_epsilon);
  train::adam_step({&group, 1}, {.zero_gradient = true}, pool_);
}

void Exposures::save(std::map<std::string, at::Tensor>& tensors) const {
  tensors["exposure.values"] = values_;
  tensors["exposure.first"] = moments_.first;
  tensors["exposure.second"] = moments_.second;
  tensors["exposure.step"] = at::full({}, moments_.step, at::kLong);
}

void Exposures::load(const std::map<std::string, at::Tensor>& tensors, const std::string& source) {
  const auto take = [&](const char* name) {
    const auto found = tensors.find(name);
    if (found == tensors.end() || found->second.sizes() != values_.sizes() ||
        found->second.scalar_type() != at::kFloat) {
      user_error("{}: '{}' is missing or not float32 [{},3,4], one transform for each photo of the scene", source, name,
                 values_.size(0));
    }
    return found->second.clone();
  };
  const auto step = tensors.find("exposure.step");
  if (step == tensors.end() || step->second.numel() != 1) user_error("{}: 'exposure.step' is missing", source);
  values_ = take("exposure.values");
  moments_ = {.first = take("exposure.first"), .second = take("exposure.second"), .step = step->second.item<int64_t>()};
  gradient_.zero_();
}

}  // namespace retort::field
