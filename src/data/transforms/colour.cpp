#include "data/transforms/colour.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/errors.h"

namespace retort::data {
namespace {

using ValueTable = std::array<uint8_t, 256>;

void apply_table(uint8_t* values, size_t count, const ValueTable& table) {
  for (size_t i = 0; i < count; ++i) values[i] = table[values[i]];
}

// base + factor * (value - base), cut to bytes without rounding.
uint8_t blended(int base, int value, float factor) {
  return uint8_t(std::clamp(float(base) + factor * float(value - base), 0.f, 255.f));
}

bool is_grey(const Picture& picture) {
  RT_CHECK(picture.channels == 1 || picture.channels == 3, "a colour operation on {} channels", picture.channels);
  return picture.channels == 1;
}

std::array<size_t, 256> histogram(const uint8_t* values, size_t count) {
  std::array<size_t, 256> counts{};
  for (size_t i = 0; i < count; ++i) ++counts[values[i]];
  return counts;
}

uint8_t luma_at(const Picture& picture, size_t i) {
  if (picture.channels == 1) return picture.pixels[i];
  const size_t plane = picture.plane();
  return luma_of(picture.pixels[i], picture.pixels[plane + i], picture.pixels[2 * plane + i]);
}

// Hue, saturation and value of a pixel in [0, 1], and back.
struct Hsv {
  float hue = 0, saturation = 0, value = 0;
};

Hsv hsv_of(float red, float green, float blue) {
  const float highest = std::max({red, green, blue}), spread = highest - std::min({red, green, blue});
  Hsv hsv{0, highest > 0 ? spread / highest : 0, highest};
  if (spread == 0) return hsv;
  float sixth = 0;
  if (highest == red) {
    sixth = (green - blue) / spread;
  } else if (highest == green) {
    sixth = 2 + (blue - red) / spread;
  } else {
    sixth = 4 + (red - green) / spread;
  }
  hsv.hue = sixth / 6;
  return hsv;
}

std::array<float, 3> rgb_of(const Hsv& hsv) {
  const float turned = (hsv.hue - std::floor(hsv.hue)) * 6;
  const auto channel = [&](float offset) {
    const float place = std::fmod(offset + turned, 6.f);
    return hsv.value * (1 - hsv.saturation * std::clamp(std::min(place, 4 - place), 0.f, 1.f));
  };
  return {channel(5), channel(3), channel(1)};
}

uint8_t smoothed_value(const Picture& picture, int c, int y, int x) {
  int sum = 4 * picture.row(c, y)[x];
  for (int dy = -1; dy <= 1; ++dy) {
    for (int dx = -1; dx <= 1; ++dx) sum += picture.row(c, y + dy)[x + dx];
  }
  return uint8_t((2 * sum + 13) / 26);
}

}  // namespace

uint8_t luma_of(uint8_t red, uint8_t green, uint8_t blue) {
  return uint8_t((red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16);
}

void adjust_brightness(Picture& picture, double factor) {
  ValueTable table{};
  for (int value = 0; value < 256; ++value) table[size_t(value)] = blended(0, value, float(factor));
  apply_table(picture.pixels.data(), picture.pixels.size(), table);
}

void adjust_contrast(Picture& picture, double factor) {
  is_grey(picture);
  uint64_t sum = 0;
  const size_t plane = picture.plane();
  for (size_t i = 0; i < plane; ++i) sum += luma_at(picture, i);
  const int mean = int(double(sum) / double(plane) + 0.5);
  ValueTable table{};
  for (int value = 0; value < 256; ++value) table[size_t(value)] = blended(mean, value, float(factor));
  apply_table(picture.pixels.data(), picture.pixels.size(), table);
}

void adjust_saturation(Picture& picture, double factor) {
  if (is_grey(picture)) return;
  const size_t plane = picture.plane();
  for (size_t i = 0; i < plane; ++i) {
    const uint8_t grey = luma_at(picture, i);
    for (size_t c = 0; c < 3; ++c) {
      uint8_t& value = picture.pixels[c * plane + i];
      value = blended(grey, value, float(factor));
    }
  }
}

void adjust_sharpness(Picture& picture, double factor) {
  const Picture original = picture;
  for (int c = 0; c < picture.channels; ++c) {
    for (int y = 1; y + 1 < picture.height; ++y) {
      for (int x = 1; x + 1 < picture.width; ++x) {
        picture.row(c, y)[x] = blended(smoothed_value(original, c, y, x), original.row(c, y)[x], float(factor));
      }
    }
  }
}

void adjust_hue(Picture& picture, double shift) {
  if (is_grey(picture)) return;
  const size_t plane = picture.plane();
  uint8_t* red = picture.pixels.data();
  for (size_t i = 0; i < plane; ++i) {
    Hsv hsv = hsv_of(float(red[i]) / 255, float(red[plane + i]) / 255, float(red[2 * plane + i]) / 255);
    hsv.hue += float(shift);
    const auto rgb = rgb_of(hsv);
    for (size_t c = 0; c < 3; ++c) red[c * plane + i] = uint8_t(std::lround(rgb[c] * 255));
  }
}

void posterise(Picture& picture, int bits) {
  const auto mask = uint8_t(0xff << (8 - std::clamp(bits, 0, 8)));
  for (auto& value : picture.pixels) value &= mask;
}

void solarise(Picture& picture, int threshold) {
  for (auto& value : picture.pixels) value = value >= threshold ? uint8_t(255 - value) : value;
}

void invert(Picture& picture) { solarise(picture, 0); }

void stretch_contrast(Picture& picture) {
  const size_t plane = picture.plane();
  for (int c = 0; c < picture.channels; ++c) {
    uint8_t* values = picture.row(c, 0);
    const auto [lowest, highest] = std::minmax_element(values, values + plane);
    const int low = *lowest, high = *highest;
    if (high <= low) continue;
    const double scale = 255.0 / (high - low), offset = -low * scale;
    ValueTable table{};
    for (int value = 0; value < 256; ++value) {
      table[size_t(value)] = uint8_t(std::clamp(int(value * scale + offset), 0, 255));
    }
    apply_table(values, plane, table);
  }
}

void equalise(Picture& picture) {
  const size_t plane = picture.plane();
  for (int c = 0; c < picture.channels; ++c) {
    uint8_t* values = picture.row(c, 0);
    const auto counts = histogram(values, plane);
    const auto used = std::count_if(counts.begin(), counts.end(), [](size_t count) { return count > 0; });
    const auto last = std::find_if(counts.rbegin(), counts.rend(), [](size_t count) { return count > 0; });
    const size_t step = used > 1 ? (plane - *last) / 255 : 0;
    if (step == 0) continue;
    ValueTable table{};
    size_t reached = step / 2;
    for (size_t value = 0; value < 256; ++value) {
      table[value] = uint8_t(std::min<size_t>(reached / step, 255));
      reached += counts[value];
    }
    apply_table(values, plane, table);
  }
}

}  // namespace retort::data
