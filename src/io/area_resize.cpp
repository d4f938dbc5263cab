#include "io/area_resize.h"

#include <algorithm>
#include <cmath>

#include "core/errors.h"

namespace retort::io {
namespace {

// What one new pixel covers along an axis: old pixels first .. first + weights.size(), weights summing to 1.
struct AreaSpan {
  int first = 0;
  std::vector<double> weights;
};

std::vector<AreaSpan> area_spans(int source, int target) {
  const double step = double(source) / target;
  std::vector<AreaSpan> spans(static_cast<size_t>(target));
  for (int i = 0; i < target; ++i) {
    const double begin = i * step, end = std::min<double>(source, (i + 1) * step);
    AreaSpan& span = spans[size_t(i)];
    span.first = std::min(int(begin), source - 1);
    const int last = std::clamp(int(std::ceil(end)), span.first + 1, source);
    double sum = 0;
    for (int pixel = span.first; pixel < last; ++pixel) {
      const double share = std::min<double>(end, pixel + 1) - std::max<double>(begin, pixel);
      span.weights.push_back(std::max(share, 0.0));
      sum += span.weights.back();
    }
    for (double& weight : span.weights) weight /= sum;
  }
  return spans;
}

// Shrinks rows of `width` pixels with `channels` interleaved values, first down the columns and then along each row:
// the working memory is one row.
template <class Source, class Store>
void area_filter(const Source* source, int width, int channels, const std::vector<AreaSpan>& rows,
                 const std::vector<AreaSpan>& columns, const Store& store) {
  std::vector<double> blended(size_t(width) * channels);
  for (size_t y = 0; y < rows.size(); ++y) {
    std::fill(blended.begin(), blended.end(), 0.0);
    for (size_t k = 0; k < rows[y].weights.size(); ++k) {
      const double weight = rows[y].weights[k];
      const Source* row = source + (size_t(rows[y].first) + k) * blended.size();
      for (size_t i = 0; i < blended.size(); ++i) blended[i] += weight * row[i];
    }
    for (size_t x = 0; x < columns.size(); ++x) {
      for (int c = 0; c < channels; ++c) {
        double sum = 0;
        for (size_t k = 0; k < columns[x].weights.size(); ++k) {
          sum += columns[x].weights[k] * blended[(size_t(columns[x].first) + k) * channels + c];
        }
        store(y, x, c, sum);
      }
    }
  }
}

}  // namespace

Image area_resize(const Image& image, int width, int height) {
  RT_CHECK(width > 0 && height > 0 && !image.empty(), "area_resize to {}x{}", width, height);
  if (width == image.width && height == image.height) return image;
  Image result = make_image(width, height, image.channels);
  area_filter(image.pixels.data(), image.width, image.channels, area_spans(image.height, height),
              area_spans(image.width, width), [&](size_t y, size_t x, int c, double value) {
                result.pixels[(y * width + x) * image.channels + c] = uint8_t(std::min(value + 0.5, 255.0));
              });
  return result;
}

std::vector<float> area_resize(std::span<const float> planes, int channels, int source_height, int source_width,
                               int height, int width) {
  const size_t source_size = size_t(source_height) * source_width, size = size_t(height) * width;
  RT_CHECK(width > 0 && height > 0 && source_size > 0 && planes.size() == size_t(channels) * source_size,
           "area_resize: {} values for [{},{},{}] to {}x{}", planes.size(), channels, source_height, source_width,
           height, width);
  std::vector<float> result(size_t(channels) * size);
  const auto rows = area_spans(source_height, height), columns = area_spans(source_width, width);
  for (int plane = 0; plane < channels; ++plane) {
    float* target = result.data() + plane * size;
    area_filter(planes.data() + plane * source_size, source_width, 1, rows, columns,
                [&](size_t y, size_t x, int, double value) { target[y * width + x] = float(value); });
  }
  return result;
}

}  // namespace retort::io
