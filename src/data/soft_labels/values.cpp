#include "data/soft_labels/values.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "io/dtype.h"

namespace retort::data {
namespace {

constexpr int steps_of_byte = 255;
// The logarithm of a probability has no lower bound; float16 has.
constexpr float least_half = -65504;

template <class Value>
void append_number(Value value, std::string& bytes) {
  bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}

template <class Value>
Value number_at(std::span<const uint8_t> bytes, size_t place) {
  Value value;
  std::memcpy(&value, bytes.data() + place, sizeof value);
  return value;
}

void append_quantised(std::span<const float> values, std::string& bytes) {
  const auto [least, largest] = std::minmax_element(values.begin(), values.end());
  const float top = *largest, range = top - *least;
  append_number(top, bytes);
  append_number(range, bytes);
  for (const float value : values) {
    const double share = range > 0 ? (double(top) - value) / range : 0;
    append_number(uint8_t(std::lround(steps_of_byte * std::sqrt(std::clamp(share, 0.0, 1.0)))), bytes);
  }
}

void read_quantised(std::span<const uint8_t> bytes, std::span<float> values) {
  const auto top = number_at<float>(bytes, 0), range = number_at<float>(bytes, sizeof(float));
  for (size_t i = 0; i < values.size(); ++i) {
    const float share = float(bytes[2 * sizeof(float) + i]) / steps_of_byte;
    values[i] = top - range * share * share;
  }
}

}  // namespace

size_t value_bytes(SoftLabelFormat format, int64_t count) {
  switch (format) {
    case SoftLabelFormat::fp32:
      return sizeof(float) * size_t(count);
    case SoftLabelFormat::fp16:
      return 2 * size_t(count);
    case SoftLabelFormat::quantised8:
      break;
  }
  return 2 * sizeof(float) + size_t(count);
}

void append_values(SoftLabelFormat format, std::span<const float> values, std::string& bytes) {
  if (format == SoftLabelFormat::quantised8) return append_quantised(values, bytes);
  for (const float value : values) {
    if (format == SoftLabelFormat::fp32) {
      append_number(value, bytes);
    } else {
      append_number(io::float_to_half(std::max(value, least_half)), bytes);
    }
  }
}

void read_values(SoftLabelFormat format, std::span<const uint8_t> bytes, std::span<float> values) {
  if (format == SoftLabelFormat::quantised8) return read_quantised(bytes, values);
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] = format == SoftLabelFormat::fp32 ? number_at<float>(bytes, sizeof(float) * i)
                                                : io::half_to_float(number_at<uint16_t>(bytes, 2 * i));
  }
}

}  // namespace retort::data
