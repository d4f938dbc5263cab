#include "data/transforms/random_erasing.h"

#include <algorithm>

#include "core/registries.h"
#include "data/transforms/arguments.h"

namespace retort::data {
namespace {

class RandomErasing : public Transform {
 public:
  explicit RandomErasing(const RandomErasingOptions& options) : options_(options) {}
  Stage stage() const override { return Stage::floats; }

  void change(const FloatPlanes& image, RandomGenerator& random) const override {
    if (random.uniform() >= options_.probability) return;
    const Window window = draw_window(image.height, image.width, options_.part, true, random).value_or(Window{});
    for (int c = 0; c < image.channels; ++c) {
      for (int y = window.top; y < window.top + window.height; ++y) {
        float* row = image.row(c, y) + window.left;
        if (options_.with == Erasure::zeros) {
          std::fill(row, row + window.width, 0.f);
        } else {
          std::generate(row, row + window.width, [&] { return float(random.normal()); });
        }
      }
    }
  }

 private:
  RandomErasingOptions options_;
};

}  // namespace

}  // namespace retort::data

namespace retort {

void register_random_erasing(Registries& registries) {
  using namespace data;
  registries.transforms.add(
      "random_erasing",
      {.summary = "a random rectangle replaced by zeros or noise, after normalise",
       .source = "Zhong et al., Random Erasing Data Augmentation, 2020",
       .options = describe_options<RandomErasingOptions>,
       .make = [](const Arguments& arguments) -> std::unique_ptr<Transform> {
         return std::make_unique<RandomErasing>(read_arguments<RandomErasingOptions>("random_erasing", arguments));
       }});
}

}  // namespace retort
