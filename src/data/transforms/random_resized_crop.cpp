#include "data/transforms/random_resized_crop.h"

#include <cmath>

#include "core/registries.h"
#include "data/transforms/arguments.h"

namespace retort::data {
namespace {

class RandomResizedCrop : public Transform {
 public:
  explicit RandomResizedCrop(const RandomResizedCropOptions& options) : options_(options) {}

  void change(Sample& sample, RandomGenerator& random) const override {
    const io::ImageSize whole = whole_size(sample);
    const Window window = draw_crop_window(whole.height, whole.width, options_.part, random);
    // Cut first: as in torchvision, the resampling sees nothing of what lies outside.
    crop_sample(sample, window);
    resize_sample(sample, options_.size, options_.size, options_.filter);
  }

  std::optional<FirstCrop> first_crop(const io::ImageSize& whole, RandomGenerator& random) const override {
    return FirstCrop{draw_crop_window(whole.height, whole.width, options_.part, random), options_.size, options_.size};
  }

 private:
  RandomResizedCropOptions options_;
};

Window centred_window(int height, int width, const WindowRange& part) {
  const double ratio = double(width) / height;
  Window window{0, 0, height, width};
  if (ratio < part.ratio_min) window.height = std::max(1, int(std::lround(width / part.ratio_min)));
  if (ratio > part.ratio_max) window.width = std::max(1, int(std::lround(height * part.ratio_max)));
  window.top = (height - window.height) / 2;
  window.left = (width - window.width) / 2;
  return window;
}

}  // namespace

Window draw_crop_window(int height, int width, const WindowRange& part, RandomGenerator& random) {
  const auto drawn = draw_window(height, width, part, false, random);
  return drawn ? *drawn : centred_window(height, width, part);
}

}  // namespace retort::data

namespace retort {

void register_random_resized_crop(Registries& registries) {
  using namespace data;
  registries.transforms.add("random_resized_crop",
                            {.summary = "a random part of the picture, resized: the usual one for ImageNet",
                             .source = "Szegedy et al., Going Deeper with Convolutions, 2015, section 6",
                             .options = describe_options<RandomResizedCropOptions>,
                             .make = [](const Arguments& arguments) -> std::unique_ptr<Transform> {
                               return std::make_unique<RandomResizedCrop>(
                                   read_arguments<RandomResizedCropOptions>("random_resized_crop", arguments));
                             }});
}

}  // namespace retort
