#include "data/transforms/colour_jitter.h"

#include <algorithm>
#include <memory>

#include "core/registries.h"
#include "data/transforms/arguments.h"
#include "data/transforms/colour.h"
#include "data/transforms/transform.h"

namespace retort::data {
namespace {

class ColourJitter : public Transform {
 public:
  explicit ColourJitter(const ColourJitterOptions& options) : options_(options) {}

  void change(Sample& sample, RandomGenerator& random) const override {
    const double brightness = factor(options_.brightness, random), contrast = factor(options_.contrast, random);
    const double saturation = factor(options_.saturation, random);
    const double hue = options_.hue * (2 * random.uniform() - 1);
    for (const int64_t which : random.permutation(4)) {
      if (which == 0 && options_.brightness > 0) adjust_brightness(sample.image, brightness);
      if (which == 1 && options_.contrast > 0) adjust_contrast(sample.image, contrast);
      if (which == 2 && options_.saturation > 0) adjust_saturation(sample.image, saturation);
      if (which == 3 && options_.hue > 0) adjust_hue(sample.image, hue);
    }
  }

 private:
  // Uniform in [max(0, 1 - strength), 1 + strength].
  static double factor(double strength, RandomGenerator& random) {
    const double low = std::max(0.0, 1 - strength);
    return low + (1 + strength - low) * random.uniform();
  }

  ColourJitterOptions options_;
};

}  // namespace
}  // namespace retort::data

namespace retort {

void register_colour_jitter(Registries& registries) {
  using namespace data;
  registries.transforms.add(
      "colour_jitter",
      {.summary = "brightness, contrast, saturation and hue changed at random, in random order",
       .source = "torchvision.transforms.ColorJitter",
       .options = describe_options<ColourJitterOptions>,
       .make = [](const Arguments& arguments) -> std::unique_ptr<Transform> {
         return std::make_unique<ColourJitter>(read_arguments<ColourJitterOptions>("colour_jitter", arguments));
       }});
}

}  // namespace retort
