#include "losses/l1_ssim.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "core/errors.h"
#include "core/isa.h"
#include "losses/l1_ssim_strips.h"

namespace retort::losses {

namespace {

/// Fixed, so that sums are made of the same pieces whatever the thread count; tall enough that the 10 extra rows of a
/// strip are few, low enough that small images still feed two threads.
constexpr int strip_rows = 32;

std::array<float, ssim_radius + 1> half_window() {
  constexpr double sigma = 1.5;
  std::array<double, ssim_radius + 1> weights;
  double sum = 0;
  for (int tap = 0; tap <= ssim_radius; ++tap) {
    const double offset = tap - ssim_radius;
    weights[tap] = std::exp(-offset * offset / (2 * sigma * sigma));
    sum += tap == ssim_radius ? weights[tap] : 2 * weights[tap];
  }
  std::array<float, ssim_radius + 1> window;
  for (int tap = 0; tap <= ssim_radius; ++tap) window[tap] = static_cast<float>(weights[tap] / sum);
  return window;
}

std::array<float, 256> byte_fractions() {
  std::array<float, 256> values;
  for (int byte = 0; byte < 256; ++byte) values[byte] = static_cast<float>(byte) / 255.f;
  return values;
}

const L1SsimStripKernels& strip_kernels() {
  switch (chosen_isa()) {
    case Isa::avx512:
      return l1_ssim_strips_avx512();
    case Isa::avx2:
      return l1_ssim_strips_avx2();
    default:
      return l1_ssim_strips_scalar();
  }
}

}  // namespace

struct PhotometricLoss::State {
  ThreadPool& pool;
  const L1SsimStripKernels& kernels = strip_kernels();
  std::array<float, ssim_radius + 1> window = half_window();
  std::array<float, 256> byte_values = byte_fractions();
  std::vector<float> partials = {};  ///< [3 channels,3,H,W]
  std::vector<float> scratch = {};   ///< one piece a strip
  std::vector<L1SsimSums> sums = {};
};

PhotometricLoss::PhotometricLoss(ThreadPool& pool) : state_(new State{.pool = pool}) {}
PhotometricLoss::~PhotometricLoss() = default;

PhotometricTerms PhotometricLoss::evaluate(const float* image, const PhotometricTarget& target, int height, int width,
                                           double lambda_dssim, float* gradient) {
  RT_CHECK(height > 0 && width > 0, "photometric loss: image of {} x {} pixels", width, height);
  RT_CHECK((target.planes == nullptr) != (target.pixels == nullptr), "photometric loss: one target is needed");
  const int64_t plane = int64_t{height} * width;
  const int64_t strips = (height + strip_rows - 1) / strip_rows;
  const int64_t scratch_floats = l1_ssim_scratch_floats(width);
  if (gradient != nullptr) state_->partials.resize(9 * plane);
  state_->scratch.resize(3 * strips * scratch_floats);
  state_->sums.assign(3 * strips, {});

  const double per_element = 1.0 / static_cast<double>(3 * plane);
  const auto strip_of = [&](int64_t task) {
    const int64_t channel = task / strips, index = task % strips;
    L1SsimStrip strip{.image = image + channel * plane,
                      .target_plane = target.planes == nullptr ? nullptr : target.planes + channel * plane,
                      .target_pixels = target.pixels == nullptr ? nullptr : target.pixels + channel,
                      .mask = target.mask,
                      .height = height,
                      .width = width,
                      .first_row = static_cast<int>(index) * strip_rows,
                      .end_row = std::min(height, static_cast<int>(index + 1) * strip_rows),
                      .window = state_->window.data(),
                      .byte_values = state_->byte_values.data(),
                      .scratch = state_->scratch.data() + task * scratch_floats,
                      .l1_scale = static_cast<float>((1 - lambda_dssim) * per_element),
                      .ssim_scale = static_cast<float>(-lambda_dssim * per_element),
                      .gradient = gradient == nullptr ? nullptr : gradient + channel * plane};
    if (gradient == nullptr) return strip;
    for (int q = 0; q < 3; ++q) strip.partials[q] = state_->partials.data() + (3 * channel + q) * plane;
    return strip;
  };

  state_->pool.run(3 * strips, [&](int64_t task) { state_->sums[task] = state_->kernels.forward(strip_of(task)); });
  if (gradient != nullptr) {
    state_->pool.run(3 * strips, [&](int64_t task) { state_->kernels.backward(strip_of(task)); });
  }
  L1SsimSums total;
  for (const auto& part : state_->sums) {
    total.absolute += part.absolute;
    total.ssim += part.ssim;
  }
  const double l1 = total.absolute * per_element, ssim = total.ssim * per_element;
  return {.loss = (1 - lambda_dssim) * l1 + lambda_dssim * (1 - ssim), .l1 = l1, .ssim = ssim};
}

}  // namespace retort::losses
