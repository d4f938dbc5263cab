#include "data/transforms/crop.h"

#include <cmath>

#include "core/errors.h"
#include "core/registries.h"
#include "data/transforms/arguments.h"
#include "data/transforms/geometry.h"

namespace retort::data {
namespace {

class RandomCrop : public Transform {
 public:
  explicit RandomCrop(const RandomCropOptions& options) : options_(options) {}

  void change(Sample& sample, RandomGenerator& random) const override {
    crop_sample(sample, window_of(whole_size(sample), random), uint8_t(options_.fill));
  }

  std::optional<FirstCrop> first_crop(const io::ImageSize& whole, RandomGenerator& random) const override {
    return FirstCrop{window_of(whole, random), options_.size, options_.size};
  }

 private:
  Window window_of(const io::ImageSize& whole, RandomGenerator& random) const {
    const int free_rows = whole.height + 2 * options_.padding - options_.size;
    const int free_columns = whole.width + 2 * options_.padding - options_.size;
    if (free_rows < 0 || free_columns < 0) {
      user_error("random_crop: a picture of {}x{} with a border of {} has no room for a crop of {}", whole.width,
                 whole.height, options_.padding, options_.size);
    }
    const int top = int(random.integer(free_rows + 1)), left = int(random.integer(free_columns + 1));
    return {top - options_.padding, left - options_.padding, options_.size, options_.size};
  }

  RandomCropOptions options_;
};

// Rounds half to even, as the crop of torchvision does.
class CentreCrop : public Transform {
 public:
  explicit CentreCrop(const CentreCropOptions& options) : size_(options.size) {}
  bool is_random() const override { return false; }

  void change(Sample& sample, RandomGenerator&) const override { crop_sample(sample, window_of(whole_size(sample))); }

  std::optional<FirstCrop> first_crop(const io::ImageSize& whole, RandomGenerator&) const override {
    return FirstCrop{window_of(whole), size_, size_};
  }

 private:
  Window window_of(const io::ImageSize& whole) const {
    const int top = int(std::nearbyint((whole.height - size_) / 2.0));
    const int left = int(std::nearbyint((whole.width - size_) / 2.0));
    return {top, left, size_, size_};
  }

  int size_;
};

class Flip : public Transform {
 public:
  explicit Flip(const FlipOptions& options) : probability_(options.probability) {}

  void change(Sample& sample, RandomGenerator& random) const override {
    if (random.uniform() < probability_) mirror_sample(sample);
  }

 private:
  double probability_;
};

template <class Made, class Options>
std::function<std::unique_ptr<Transform>(const Arguments&)> crop_maker(const std::string& name) {
  return [name](const Arguments& arguments) -> std::unique_ptr<Transform> {
    return std::make_unique<Made>(read_arguments<Options>(name, arguments));
  };
}

}  // namespace
}  // namespace retort::data

namespace retort {

void register_crop(Registries& registries) {
  using namespace data;
  registries.transforms.add("random_crop", {.summary = "a border of zeros, then a crop at a random place",
                                            .source = "He et al., Deep Residual Learning, 2016, section 4.2",
                                            .options = describe_options<RandomCropOptions>,
                                            .make = crop_maker<RandomCrop, RandomCropOptions>("random_crop")});
  registries.transforms.add("crop_pad_4", {.summary = "random_crop(size=32, padding=4): the usual one for CIFAR",
                                           .source = "He et al., Deep Residual Learning, 2016, section 4.2",
                                           .options = describe_options<RandomCropOptions>,
                                           .make = crop_maker<RandomCrop, RandomCropOptions>("crop_pad_4")});
  registries.transforms.add("centre_crop", {.summary = "the middle of the picture; zeros where it is smaller",
                                            .source = "torchvision.transforms.CenterCrop",
                                            .options = describe_options<CentreCropOptions>,
                                            .make = crop_maker<CentreCrop, CentreCropOptions>("centre_crop")});
  registries.transforms.add("flip", {.summary = "mirrors left and right",
                                     .source = "He et al., Deep Residual Learning, 2016, section 4.2",
                                     .options = describe_options<FlipOptions>,
                                     .make = crop_maker<Flip, FlipOptions>("flip")});
}

}  // namespace retort
