// Numbers in few bits: what the compact formats share.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

namespace retort::field {

constexpr float sh_constant = 0.28209479177387814f;  ///< colour = 0.5 + sh_constant * first coefficient

/// The nearest of the 2^bits steps from 0 to 1; values outside are clamped, NaN becomes 0.
inline uint32_t pack_unit(float value, int bits) {
  const float steps = static_cast<float>((1u << bits) - 1);
  return static_cast<uint32_t>(std::floor(std::clamp(std::isnan(value) ? 0.f : value, 0.f, 1.f) * steps + 0.5f));
}
inline float unpack_unit(uint32_t packed, int bits) {
  const uint32_t steps = (1u << bits) - 1;
  return static_cast<float>(packed & steps) / static_cast<float>(steps);
}

inline float sigmoid(float logit) { return 1 / (1 + std::exp(-logit)); }

/// The logit of an opacity in 8 bits. 0 and 255 stand for opacities half a step inside, whose logits are finite and
/// pack to the same byte.
inline float logit_of_byte(uint8_t opacity) {
  const float value = std::clamp(static_cast<float>(opacity), 0.25f, 254.75f) / 255;
  return std::log(value / (1 - value));
}

/// Length 1; the identity where there is no direction.
inline std::array<float, 4> unit_quaternion(const float* q) {
  const float length = std::sqrt(q[0] * q[0] + q[1] * q[1] + q[2] * q[2] + q[3] * q[3]);
  if (!(length > 0) || !std::isfinite(length)) return {1, 0, 0, 0};
  return {q[0] / length, q[1] / length, q[2] / length, q[3] / length};
}

/// Place of the component with the largest magnitude; the first of equals.
inline int largest_component(const std::array<float, 4>& q) {
  int largest = 0;
  for (int index = 1; index < 4; ++index) {
    if (std::abs(q[index]) > std::abs(q[largest])) largest = index;
  }
  return largest;
}

/// The component that makes the length 1.
inline float missing_component(float a, float b, float c) {
  return std::sqrt(std::max(0.f, 1 - (a * a + b * b + c * c)));
}

}  // namespace retort::field
