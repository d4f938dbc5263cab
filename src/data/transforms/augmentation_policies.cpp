#include "data/transforms/augmentation_policies.h"

#include <memory>

#include "core/errors.h"
#include "core/registries.h"
#include "data/transforms/arguments.h"
#include "data/transforms/transform.h"

namespace retort::data {
namespace {

constexpr int learned_bins = 10;

/// The operations turn, shear and shift the picture alone.
void refuse_marked_places(const char* transform, const Sample& sample) {
  if (sample.mask.empty() && sample.boxes.empty() && sample.detail.empty()) return;
  user_error(
      "{}: moves the picture and not its label map, boxes or larger copy; crops, flip, resize and the changes of "
      "colour do right",
      transform);
}

class RandAugment : public Transform {
 public:
  explicit RandAugment(const RandAugmentOptions& options) : options_(options) {}

  void change(Sample& sample, RandomGenerator& random) const override {
    refuse_marked_places("rand_augment", sample);
    for (int i = 0; i < options_.operations; ++i) {
      constexpr int drawn_operations = policy_operations - 1;  // all but invert
      const auto operation = PolicyOperation(random.integer(drawn_operations));
      apply_operation(operation, options_.magnitude, options_.bins, random.integer(2) == 0, sample.image);
    }
  }

 private:
  RandAugmentOptions options_;
};

class AutoAugment : public Transform {
 public:
  explicit AutoAugment(const AutoAugmentOptions& options) : policy_(learned_policy(options.policy)) {}

  void change(Sample& sample, RandomGenerator& random) const override {
    refuse_marked_places("auto_augment", sample);
    const SubPolicy& chosen = policy_[size_t(random.integer(int64_t(policy_.size())))];
    for (const PolicyStep& step : {chosen.first, chosen.second}) {
      // Both are drawn whether they count or not: what is applied first disturbs nothing after it.
      const bool applies = random.uniform() < step.probability, negative = random.integer(2) == 0;
      if (applies) apply_operation(step.operation, step.magnitude, learned_bins, negative, sample.image);
    }
  }

 private:
  const std::vector<SubPolicy>& policy_;
};

std::vector<SubPolicy> cifar10_policy() {
  using enum PolicyOperation;
  return {
      {{invert, 0.1}, {contrast, 0.2, 6}},
      {{rotate, 0.7, 2}, {translate_x, 0.3, 9}},
      {{sharpness, 0.8, 1}, {sharpness, 0.9, 3}},
      {{shear_y, 0.5, 8}, {translate_y, 0.7, 9}},
      {{auto_contrast, 0.5}, {equalise, 0.9}},
      {{shear_y, 0.2, 7}, {posterise, 0.3, 7}},
      {{saturation, 0.4, 3}, {brightness, 0.6, 7}},
      {{sharpness, 0.3, 9}, {brightness, 0.7, 9}},
      {{equalise, 0.6}, {equalise, 0.5}},
      {{contrast, 0.6, 7}, {sharpness, 0.6, 5}},
      {{saturation, 0.7, 7}, {translate_x, 0.5, 8}},
      {{equalise, 0.3}, {auto_contrast, 0.4}},
      {{translate_y, 0.4, 3}, {sharpness, 0.2, 6}},
      {{brightness, 0.9, 6}, {saturation, 0.2, 8}},
      {{solarise, 0.5, 2}, {invert, 0.0}},
      {{equalise, 0.2}, {auto_contrast, 0.6}},
      {{equalise, 0.2}, {equalise, 0.6}},
      {{saturation, 0.9, 9}, {equalise, 0.6}},
      {{auto_contrast, 0.8}, {solarise, 0.2, 8}},
      {{brightness, 0.1, 3}, {saturation, 0.7, 0}},
      {{solarise, 0.4, 5}, {auto_contrast, 0.9}},
      {{translate_y, 0.9, 9}, {translate_y, 0.7, 9}},
      {{auto_contrast, 0.9}, {solarise, 0.8, 3}},
      {{equalise, 0.8}, {invert, 0.1}},
      {{translate_y, 0.7, 9}, {auto_contrast, 0.9}},
  };
}

std::vector<SubPolicy> imagenet_policy() {
  using enum PolicyOperation;
  return {
      {{posterise, 0.4, 8}, {rotate, 0.6, 9}},    {{solarise, 0.6, 5}, {auto_contrast, 0.6}},
      {{equalise, 0.8}, {equalise, 0.6}},         {{posterise, 0.6, 7}, {posterise, 0.6, 6}},
      {{equalise, 0.4}, {solarise, 0.2, 4}},      {{equalise, 0.4}, {rotate, 0.8, 8}},
      {{solarise, 0.6, 3}, {equalise, 0.6}},      {{posterise, 0.8, 5}, {equalise, 1.0}},
      {{rotate, 0.2, 3}, {solarise, 0.6, 8}},     {{equalise, 0.6}, {posterise, 0.4, 6}},
      {{rotate, 0.8, 8}, {saturation, 0.4, 0}},   {{rotate, 0.4, 9}, {equalise, 0.6}},
      {{equalise, 0.0}, {equalise, 0.8}},         {{invert, 0.6}, {equalise, 1.0}},
      {{saturation, 0.6, 4}, {contrast, 1.0, 8}}, {{rotate, 0.8, 8}, {saturation, 1.0, 2}},
      {{saturation, 0.8, 8}, {solarise, 0.8, 7}}, {{sharpness, 0.4, 7}, {invert, 0.6}},
      {{shear_x, 0.6, 5}, {equalise, 1.0}},       {{saturation, 0.4, 0}, {equalise, 0.6}},
      {{equalise, 0.4}, {solarise, 0.2, 4}},      {{solarise, 0.6, 5}, {auto_contrast, 0.6}},
      {{invert, 0.6}, {equalise, 1.0}},           {{saturation, 0.6, 4}, {contrast, 1.0, 8}},
      {{equalise, 0.8}, {equalise, 0.6}},
  };
}

}  // namespace

void RandAugmentOptions::check(Problems& problems) const {
  problems.require(magnitude < bins, "magnitude", fmt::format("{} is not below bins, {}", magnitude, bins));
}

const std::vector<SubPolicy>& learned_policy(LearnedPolicy policy) {
  static const std::vector<SubPolicy> cifar10 = cifar10_policy(), imagenet = imagenet_policy();
  return policy == LearnedPolicy::cifar10 ? cifar10 : imagenet;
}

}  // namespace retort::data

namespace retort {

void register_augmentation_policies(Registries& registries) {
  using namespace data;
  registries.transforms.add(
      "rand_augment",
      {.summary = "random operations at one magnitude",
       .source = "Cubuk et al., RandAugment, 2020; operations of torchvision.transforms.RandAugment",
       .options = describe_options<RandAugmentOptions>,
       .make = [](const Arguments& arguments) -> std::unique_ptr<Transform> {
         return std::make_unique<RandAugment>(read_arguments<RandAugmentOptions>("rand_augment", arguments));
       }});
  registries.transforms.add("auto_augment", {.summary = "one of 25 learned pairs of operations",
                                             .source = "Cubuk et al., AutoAugment, 2019, tables 7 and 9",
                                             .options = describe_options<AutoAugmentOptions>,
                                             .make = [](const Arguments& arguments) -> std::unique_ptr<Transform> {
                                               return std::make_unique<AutoAugment>(
                                                   read_arguments<AutoAugmentOptions>("auto_augment", arguments));
                                             }});
}

}  // namespace retort
