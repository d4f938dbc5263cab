#include "data/transforms/resize.h"

#include <algorithm>
#include <cmath>

#include "core/errors.h"
#include "core/registries.h"
#include "data/transforms/arguments.h"
#include "data/transforms/geometry.h"

namespace retort::data {
namespace {

constexpr int weight_bits = 22;

double triangle(double x) {
  x = std::abs(x);
  return x < 1 ? 1 - x : 0;
}

double keys_cubic(double x) {
  constexpr double a = -0.5;
  x = std::abs(x);
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < 2) return (((x - 5) * x + 8) * x - 4) * a;
  return 0;
}

// Which input pixels make an output pixel along one axis, and with what weights.
struct AxisWeights {
  struct Reach {
    int begin = 0, count = 0;
  };
  std::vector<Reach> reaches;
  std::vector<int32_t> weights;  // `widest` for each output pixel
  int widest = 0;

  AxisWeights(int size, int outputs, ResizeFilter filter) {
    const double scale = double(size) / outputs, stretch = std::max(scale, 1.0);
    const double shrink = 1 / stretch;  // multiplied by, not divided: as Pillow rounds
    const double support = (filter == ResizeFilter::bilinear ? 1.0 : 2.0) * stretch;
    widest = int(std::ceil(support)) * 2 + 1;
    weights.assign(size_t(outputs) * size_t(widest), 0);
    std::vector<double> exact(static_cast<size_t>(widest));
    for (int i = 0; i < outputs; ++i) {
      const double centre = (i + 0.5) * scale;
      const int first = std::max(int(centre - support + 0.5), 0);
      const int count = std::min(int(centre + support + 0.5), size) - first;
      double sum = 0;
      for (int k = 0; k < count; ++k) {
        const double x = (first + k - centre + 0.5) * shrink;
        exact[size_t(k)] = filter == ResizeFilter::bilinear ? triangle(x) : keys_cubic(x);
        sum += exact[size_t(k)];
      }
      const double part = sum != 0 ? 1 / sum : 1;
      for (int k = 0; k < count; ++k) {
        const double weight = exact[size_t(k)] * part;
        weights[size_t(i) * size_t(widest) + size_t(k)] =
            int32_t(std::trunc((weight < 0 ? -0.5 : 0.5) + weight * (1 << weight_bits)));
      }
      reaches.push_back({first, count});
    }
  }

  const int32_t* weights_of(int output) const { return weights.data() + size_t(output) * size_t(widest); }
};

uint8_t rounded(int32_t sum) { return uint8_t(std::clamp(sum >> weight_bits, 0, 255)); }

Picture resize_columns(const Picture& picture, const AxisWeights& axis) {
  Picture narrow = make_picture(picture.channels, picture.height, int(axis.reaches.size()));
  for (int c = 0; c < picture.channels; ++c) {
    for (int y = 0; y < narrow.height; ++y) {
      const uint8_t* from = picture.row(c, y);
      uint8_t* to = narrow.row(c, y);
      for (int x = 0; x < narrow.width; ++x) {
        const auto [begin, count] = axis.reaches[size_t(x)];
        const int32_t* weights = axis.weights_of(x);
        int32_t sum = 1 << (weight_bits - 1);
        for (int k = 0; k < count; ++k) sum += from[begin + k] * weights[k];
        to[x] = rounded(sum);
      }
    }
  }
  return narrow;
}

Picture resize_rows(const Picture& picture, const AxisWeights& axis) {
  Picture result = make_picture(picture.channels, int(axis.reaches.size()), picture.width);
  std::vector<int32_t> sums(static_cast<size_t>(picture.width));
  for (int c = 0; c < picture.channels; ++c) {
    for (int y = 0; y < result.height; ++y) {
      const auto [begin, count] = axis.reaches[size_t(y)];
      const int32_t* weights = axis.weights_of(y);
      std::fill(sums.begin(), sums.end(), 1 << (weight_bits - 1));
      for (int k = 0; k < count; ++k) {
        const uint8_t* from = picture.row(c, begin + k);
        for (int x = 0; x < picture.width; ++x) sums[size_t(x)] += from[x] * weights[k];
      }
      uint8_t* to = result.row(c, y);
      for (int x = 0; x < picture.width; ++x) to[x] = rounded(sums[size_t(x)]);
    }
  }
  return result;
}

class Resize : public Transform {
 public:
  explicit Resize(const ResizeOptions& options) : options_(options) {}
  bool is_random() const override { return false; }

  void change(Sample& sample, RandomGenerator&) const override {
    const int height = sample.image.height, width = sample.image.width;
    int new_height = options_.size, new_width = options_.width;
    if (options_.width == 0) {
      // The longer side is rounded down, as torchvision does.
      const int shorter = std::min(height, width);
      new_height = int(int64_t(height) * options_.size / shorter);
      new_width = int(int64_t(width) * options_.size / shorter);
    }
    resize_sample(sample, new_height, new_width, options_.filter);
  }

 private:
  ResizeOptions options_;
};

}  // namespace

Picture resize_picture(const Picture& picture, int height, int width, ResizeFilter filter) {
  RT_CHECK(!picture.empty() && height > 0 && width > 0, "resize of {}x{} to {}x{}", picture.width, picture.height,
           width, height);
  // An axis that keeps its length needs no pass.
  const bool keeps_rows = height == picture.height;
  if (width == picture.width && keeps_rows) return picture;
  const AxisWeights rows(picture.height, height, filter), columns(picture.width, width, filter);
  if (width == picture.width) return resize_rows(picture, rows);
  const Picture narrow = resize_columns(picture, columns);
  return keeps_rows ? narrow : resize_rows(narrow, rows);
}

Picture resize_nearest(const Picture& picture, int height, int width) {
  RT_CHECK(!picture.empty() && height > 0 && width > 0, "resize of {}x{} to {}x{}", picture.width, picture.height,
           width, height);
  Picture result = make_picture(picture.channels, height, width);
  const auto source = [](int i, int size, int outputs) {
    return int((2 * int64_t(i) + 1) * size / (2 * int64_t(outputs)));
  };
  for (int c = 0; c < picture.channels; ++c) {
    for (int y = 0; y < height; ++y) {
      const uint8_t* from = picture.row(c, source(y, picture.height, height));
      uint8_t* to = result.row(c, y);
      for (int x = 0; x < width; ++x) to[x] = from[source(x, picture.width, width)];
    }
  }
  return result;
}

void resize_sample(Sample& sample, int height, int width, ResizeFilter filter) {
  scale_boxes(sample, float(width) / float(sample.image.width), float(height) / float(sample.image.height));
  if (!sample.mask.empty()) sample.mask = resize_nearest(sample.mask, height, width);
  sample.image = resize_picture(sample.image, height, width, filter);
}

}  // namespace retort::data

namespace retort {

void register_resize(Registries& registries) {
  using namespace data;
  registries.transforms.add("resize",
                            {.summary = "the shorter side to a length, or a fixed size",
                             .source = "torchvision.transforms.Resize on a PIL image",
                             .options = describe_options<ResizeOptions>,
                             .make = [](const Arguments& arguments) -> std::unique_ptr<Transform> {
                               return std::make_unique<Resize>(read_arguments<ResizeOptions>("resize", arguments));
                             }});
}

}  // namespace retort
