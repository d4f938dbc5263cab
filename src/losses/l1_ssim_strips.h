// Row loops of the fused L1 + SSIM loss over one strip of one channel. Only plain loops and pointers in here: the file
// is compiled once for each instruction set, and the tag type keeps the copies apart for the linker.
#pragma once

#include <cmath>
#include <cstdint>

namespace retort::losses {

constexpr int ssim_radius = 5, ssim_taps = 2 * ssim_radius + 1;

struct L1SsimStrip {
  const float* image = nullptr;            ///< [H,W] of this channel
  const float* target_plane = nullptr;     ///< [H,W] of this channel, or null
  const uint8_t* target_pixels = nullptr;  ///< [H,W,3], already offset to this channel, or null
  const uint8_t* mask = nullptr;           ///< [H,W] or null
  int height = 0, width = 0;
  int first_row = 0, end_row = 0;
  const float* window = nullptr;       ///< [6] half window, the centre last
  const float* byte_values = nullptr;  ///< [256] i / 255
  float* partials[3] = {};             ///< [H,W] each: dSSIM/d(mean, square, product), blurred along rows
  float* scratch = nullptr;            ///< l1_ssim_scratch_floats(width)
  float l1_scale = 0, ssim_scale = 0;  ///< dLoss / d(sum of |I - T|), dLoss / d(sum of SSIM)
  float* gradient = nullptr;           ///< [H,W] of this channel
};

struct L1SsimSums {
  double absolute = 0, ssim = 0;
};

/// Strips in two sweeps; the second needs the first one's partials of the strip and of 5 rows on either side.
struct L1SsimStripKernels {
  L1SsimSums (*forward)(const L1SsimStrip&);
  void (*backward)(const L1SsimStrip&);
};

const L1SsimStripKernels& l1_ssim_strips_scalar();
const L1SsimStripKernels& l1_ssim_strips_avx2();
const L1SsimStripKernels& l1_ssim_strips_avx512();

constexpr int64_t l1_ssim_padded_width(int width) { return (width + 2 * ssim_radius + 15) / 16 * 16; }
/// 4 moments in a ring of 11 rows; padded rows of 4 moments and 3 partials; 4 blurred rows; a row of zeros.
constexpr int64_t l1_ssim_scratch_floats(int width) {
  return (4 * ssim_taps + 4 + 3 + 4 + 1) * l1_ssim_padded_width(width);
}

template <class Tag>
class L1SsimStripLoops {
 public:
  static L1SsimSums forward(const L1SsimStrip& strip) {
    const int64_t pitch = l1_ssim_padded_width(strip.width);
    float* ring = strip.scratch;
    float* padded = ring + 4 * ssim_taps * pitch;
    float* partials = padded + 4 * pitch;
    float* means = partials + 3 * pitch;
    for (int64_t i = 0; i < 7 * pitch; ++i) padded[i] = 0;
    L1SsimSums sums;
    for (int row = strip.first_row - ssim_radius; row < strip.end_row + ssim_radius; ++row) {
      float* moments = ring + 4 * pitch * ((row + ssim_taps) % ssim_taps);
      if (row < 0 || row >= strip.height) {
        for (int64_t i = 0; i < 4 * pitch; ++i) moments[i] = 0;
      } else {
        const bool own = row >= strip.first_row && row < strip.end_row;
        load_row(strip, row, padded + ssim_radius, padded + pitch + ssim_radius);
        if (own) sums.absolute += absolute_sum(padded + ssim_radius, padded + pitch + ssim_radius, strip.width);
        products(padded, padded + pitch, padded + 2 * pitch, padded + 3 * pitch, pitch);
        for (int q = 0; q < 4; ++q) blur_along_row(padded + q * pitch, moments + q * pitch, strip.width, strip.window);
      }
      const int centre = row - ssim_radius;
      if (centre < strip.first_row) continue;
      for (int q = 0; q < 4; ++q) {
        const float* rows[ssim_taps];
        for (int tap = 0; tap < ssim_taps; ++tap) {
          rows[tap] = ring + 4 * pitch * ((centre - ssim_radius + tap + ssim_taps) % ssim_taps) + q * pitch;
        }
        blur_across_rows(rows, means + q * pitch, strip.width, strip.window);
      }
      sums.ssim += similarity(means, pitch, partials, strip.width);
      if (strip.gradient == nullptr) continue;
      for (int q = 0; q < 3; ++q) {
        blur_along_row(partials + q * pitch, strip.partials[q] + int64_t{centre} * strip.width, strip.width,
                       strip.window);
      }
    }
    return sums;
  }

  static void backward(const L1SsimStrip& strip) {
    const int64_t pitch = l1_ssim_padded_width(strip.width);
    float *image = strip.scratch, *target = image + pitch, *blurred = target + pitch, *zeros = blurred + 3 * pitch;
    for (int64_t i = 0; i < pitch; ++i) zeros[i] = 0;
    for (int row = strip.first_row; row < strip.end_row; ++row) {
      load_row(strip, row, image, target);
      for (int q = 0; q < 3; ++q) {
        const float* rows[ssim_taps];
        for (int tap = 0; tap < ssim_taps; ++tap) {
          const int source = row - ssim_radius + tap;
          const bool inside = source >= 0 && source < strip.height;
          rows[tap] = inside ? strip.partials[q] + int64_t{source} * strip.width : zeros;
        }
        blur_across_rows(rows, blurred + q * pitch, strip.width, strip.window);
      }
      const uint8_t* mask = strip.mask == nullptr ? nullptr : strip.mask + int64_t{row} * strip.width;
      combine(strip, image, target, blurred, pitch, strip.gradient + int64_t{row} * strip.width);
      if (mask == nullptr) continue;
      float* gradient = strip.gradient + int64_t{row} * strip.width;
      for (int x = 0; x < strip.width; ++x) gradient[x] = mask[x] != 0 ? gradient[x] : 0;
    }
  }

 private:
  static void load_row(const L1SsimStrip& strip, int row, float* __restrict image, float* __restrict target) {
    const int64_t begin = int64_t{row} * strip.width;
    const float* from = strip.image + begin;
    for (int x = 0; x < strip.width; ++x) image[x] = from[x];
    if (strip.target_plane != nullptr) {
      const float* plane = strip.target_plane + begin;
      for (int x = 0; x < strip.width; ++x) target[x] = plane[x];
    } else {
      const uint8_t* pixels = strip.target_pixels + 3 * begin;
      for (int x = 0; x < strip.width; ++x) target[x] = strip.byte_values[pixels[3 * x]];
    }
    if (strip.mask == nullptr) return;
    const uint8_t* mask = strip.mask + begin;
    for (int x = 0; x < strip.width; ++x) {
      image[x] = mask[x] != 0 ? image[x] : 0;
      target[x] = mask[x] != 0 ? target[x] : 0;
    }
  }

  /// Sums lane by lane first: a fixed order that vector units can keep.
  static double absolute_sum(const float* __restrict image, const float* __restrict target, int width) {
    float lanes[16] = {};
    int x = 0;
    for (; x + 16 <= width; x += 16) {
      for (int lane = 0; lane < 16; ++lane) lanes[lane] += std::fabs(image[x + lane] - target[x + lane]);
    }
    for (; x < width; ++x) lanes[x % 16] += std::fabs(image[x] - target[x]);
    return sum_lanes(lanes);
  }

  static double sum_lanes(const float* lanes) {
    double sum = 0;
    for (int lane = 0; lane < 16; ++lane) sum += lanes[lane];
    return sum;
  }

  static void products(const float* __restrict image, const float* __restrict target, float* __restrict squares,
                       float* __restrict product, int64_t count) {
    for (int64_t i = 0; i < count; ++i) {
      squares[i] = image[i] * image[i] + target[i] * target[i];
      product[i] = image[i] * target[i];
    }
  }

  static void blur_along_row(const float* __restrict padded, float* __restrict out, int width,
                             const float* __restrict window) {
    const float w0 = window[0], w1 = window[1], w2 = window[2], w3 = window[3], w4 = window[4], w5 = window[5];
    for (int x = 0; x < width; ++x) {
      const float* p = padded + x;
      out[x] = w5 * p[5] + w4 * (p[4] + p[6]) + w3 * (p[3] + p[7]) + w2 * (p[2] + p[8]) + w1 * (p[1] + p[9]) +
               w0 * (p[0] + p[10]);
    }
  }

  static void blur_across_rows(const float* const* rows, float* __restrict out, int width,
                               const float* __restrict window) {
    const float w0 = window[0], w1 = window[1], w2 = window[2], w3 = window[3], w4 = window[4], w5 = window[5];
    const float* __restrict r0 = rows[0], * __restrict r1 = rows[1], * __restrict r2 = rows[2], * __restrict r3 = rows[3], * __restrict r4 = rows[4], * __restrict r5 = rows[5], * __restrict r6 = rows[6], * __restrict r7 = rows[7], * __restrict r8 = rows[8], * __restrict r9 = rows[9], * __restrict r10 = rows[10];
    for (int x = 0; x < width; ++x) {
      out[x] = w5 * r5[x] + w4 * (r4[x] + r6[x]) + w3 * (r3[x] + r7[x]) + w2 * (r2[x] + r8[x]) + w1 * (r1[x] + r9[x]) +
               w0 * (r0[x] + r10[x]);
    }
  }

  /// SSIM of one row from its windowed means, and its derivatives with respect to the windowed mean of the image, of
  /// the squares and of the product (all in the row's padded buffers). The two squares are only ever needed as a sum.
  static double similarity(const float* __restrict means, int64_t pitch, float* __restrict partials, int width) {
    constexpr float c1 = 0.01f * 0.01f, c2 = 0.03f * 0.03f;
    const float *mean_image = means, *mean_target = means + pitch, *squares = means + 2 * pitch,
                *product = means + 3 * pitch;
    float *to_mean = partials + ssim_radius, *to_squares = to_mean + pitch, *to_product = to_squares + pitch;
    float lanes[16] = {};
    const auto pixel = [&](int x, float& sum) {
      const float mx = mean_image[x], my = mean_target[x];
      const float mean_product = mx * my, mean_squares = mx * mx + my * my;
      const float a1 = 2 * mean_product + c1, a2 = 2 * (product[x] - mean_product) + c2;
      const float b1 = mean_squares + c1, b2 = squares[x] - mean_squares + c2;
      const float inverse = 1 / (b1 * b2);
      const float value = a1 * a2 * inverse;
      to_mean[x] = 2 * inverse * (my * (a2 - a1) + mx * value * (b1 - b2));
      to_squares[x] = -value * b1 * inverse;
      to_product[x] = 2 * a1 * inverse;
      sum += value;
    };
    int x = 0;
    for (; x + 16 <= width; x += 16) {
      for (int lane = 0; lane < 16; ++lane) pixel(x + lane, lanes[lane]);
    }
    for (; x < width; ++x) pixel(x, lanes[x % 16]);
    return sum_lanes(lanes);
  }

  static void combine(const L1SsimStrip& strip, const float* __restrict image, const float* __restrict target,
                      const float* __restrict blurred, int64_t pitch, float* __restrict gradient) {
    const float *mean = blurred, *squares = blurred + pitch, *product = blurred + 2 * pitch;
    const float ssim_scale = strip.ssim_scale, l1_scale = strip.l1_scale;
    for (int x = 0; x < strip.width; ++x) {
      const float difference = image[x] - target[x];
      const float sign = difference > 0 ? l1_scale : difference < 0 ? -l1_scale : 0.f;
      gradient[x] = ssim_scale * (mean[x] + 2 * image[x] * squares[x] + target[x] * product[x]) + sign;
    }
  }
};

}  // namespace retort::losses
