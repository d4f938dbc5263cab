#include "data/transforms/normalise.h"

#include <map>
#include <utility>

#include "core/errors.h"
#include "core/registries.h"
#include "core/text.h"
#include "data/transforms/arguments.h"

namespace retort::data {
namespace {

// CIFAR-10 and -100: over all training pixels, as in the code of most papers on them (the standard deviation is that of
// all pixels, not the mean of the pictures' own: 0.2023 0.1994 0.2010 is the latter). ImageNet: torchvision's models.
const std::map<std::string, ChannelStatistics>& presets() {
  static const std::map<std::string, ChannelStatistics> table = {
      {"cifar10", {{0.4914, 0.4822, 0.4465}, {0.2470, 0.2435, 0.2616}}},
      {"cifar100", {{0.5071, 0.4867, 0.4408}, {0.2675, 0.2565, 0.2761}}},
      {"imagenet", {{0.485, 0.456, 0.406}, {0.229, 0.224, 0.225}}},
      {"mnist", {{0.1307}, {0.3081}}},
      {"fashion_mnist", {{0.2860}, {0.3530}}},
      {"half", {{0.5}, {0.5}}},
  };
  return table;
}

class Normalise : public Transform {
 public:
  explicit Normalise(const NormaliseOptions& options) {
    if (options.preset.empty()) {
      statistics_ = {options.mean, options.stddev};
    } else {
      statistics_ = *statistics_preset(options.preset);
    }
  }
  Stage stage() const override { return Stage::floats; }
  bool is_random() const override { return false; }
  void change(const FloatPlanes& image, RandomGenerator&) const override { normalise(image, statistics_); }

 private:
  ChannelStatistics statistics_;
};

}  // namespace

std::optional<ChannelStatistics> statistics_preset(const std::string& name) {
  const auto found = presets().find(name);
  return found == presets().end() ? std::nullopt : std::optional(found->second);
}

std::vector<std::string> statistics_presets() {
  std::vector<std::string> names;
  for (const auto& [name, statistics] : presets()) names.push_back(name);
  return names;
}

void NormaliseOptions::check(Problems& problems) const {
  if (!preset.empty()) {
    problems.require(mean.empty() && stddev.empty(), "preset", "give a preset, or mean and stddev, not both");
    problems.require(presets().count(preset) > 0, "preset",
                     fmt::format("'{}' is none of {}{}", preset, join(statistics_presets(), ", "),
                                 did_you_mean(preset, statistics_presets())));
    return;
  }
  problems.require(
      !mean.empty() && mean.size() == stddev.size(), "mean",
      fmt::format("a preset ({}) or as many numbers in mean as in stddev", join(statistics_presets(), ", ")));
  for (const double value : stddev) problems.require(value > 0, "stddev", "must be > 0");
}

void normalise(const FloatPlanes& image, const ChannelStatistics& statistics) {
  const size_t given = statistics.mean.size();
  if (given != 1 && given != size_t(image.channels)) {
    user_error("normalise: mean and stddev have {} numbers, the picture {} channels", given, image.channels);
  }
  for (int c = 0; c < image.channels; ++c) {
    const size_t which = given == 1 ? 0 : size_t(c);
    const auto mean = float(statistics.mean[which]), stddev = float(statistics.stddev[which]);
    float* values = image.row(c, 0);
    const size_t plane = image.plane();
    for (size_t i = 0; i < plane; ++i) values[i] = (values[i] - mean) / stddev;
  }
}

}  // namespace retort::data

namespace retort {

void register_normalise(Registries& registries) {
  using namespace data;
  registries.transforms.add(
      "normalise", {.summary = "values in [0, 1] less their mean, over their standard deviation",
                    .source = "torchvision.transforms.Normalize",
                    .options = describe_options<NormaliseOptions>,
                    .make = [](const Arguments& arguments) -> std::unique_ptr<Transform> {
                      return std::make_unique<Normalise>(read_arguments<NormaliseOptions>("normalise", arguments));
                    }});
}

}  // namespace retort
