#include "data/transforms/resize.h"

#include <algorithm>

#include "core/errors.h"
#include "core/registries.h"
#include "data/transforms/arguments.h"
#include "data/transforms/geometry.h"
#include "data/transforms/resize_passes.h"

namespace retort::data {
namespace {

class Resize : public Transform {
 public:
  explicit Resize(const ResizeOptions& options) : options_(options) {}
  bool is_random() const override { return false; }

  void change(Sample& sample, RandomGenerator&) const override {
    const io::ImageSize size = size_of_result(whole_size(sample));
    resize_sample(sample, size.height, size.width, options_.filter);
  }

  std::optional<FirstCrop> first_crop(const io::ImageSize& whole, RandomGenerator&) const override {
    const io::ImageSize size = size_of_result(whole);
    return FirstCrop{{0, 0, whole.height, whole.width}, size.height, size.width};
  }

 private:
  io::ImageSize size_of_result(const io::ImageSize& whole) const {
    if (options_.width > 0) return {options_.width, options_.size};
    // The longer side is rounded down, as torchvision does.
    const int shorter = std::min(whole.height, whole.width);
    return {int(int64_t(whole.width) * options_.size / shorter), int(int64_t(whole.height) * options_.size / shorter)};
  }

  ResizeOptions options_;
};

}  // namespace

Picture resize_picture(const Picture& picture, int height, int width, ResizeFilter filter, Isa isa) {
  RT_CHECK(!picture.empty() && height > 0 && width > 0, "resize of {}x{} to {}x{}", picture.width, picture.height,
           width, height);
  // An axis that keeps its length needs no pass.
  const bool keeps_rows = height == picture.height;
  if (width == picture.width && keeps_rows) return picture;
  const AxisWeights rows(picture.height, height, filter), columns(picture.width, width, filter);
  if (width == picture.width) return resize_rows(picture, rows, isa);
  Picture narrow = resize_columns(picture, columns, isa);
  return keeps_rows ? narrow : resize_rows(narrow, rows, isa);
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
  if (!sample.detail.empty()) {
    user_error("a resize would part the sizes of a super-resolution pair; use random_crop(padding=0) or centre_crop");
  }
  const io::ImageSize whole = whole_size(sample);
  scale_boxes(sample, float(width) / float(whole.width), float(height) / float(whole.height));
  if (!sample.mask.empty()) sample.mask = resize_nearest(sample.mask, height, width);
  sample.image = resize_picture(sample.image, height, width, filter);
  sample.view = {};
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
