// RandAugment and AutoAugment.
#pragma once

#include <string>
#include <vector>

#include "core/options.h"
#include "data/transforms/policy_operations.h"

namespace retort::data {

/// Cubuk et al., "RandAugment", 2020. Defaults: two operations of magnitude 9 of 30 (the paper's for ResNet-50 on
/// ImageNet), drawn from the first 14 of PolicyOperation.
struct RandAugmentOptions {
  int operations = 2;
  int magnitude = 9;
  int bins = 31;
  void check(Problems& problems) const;
};

inline void fields(OptionVisitor& v, RandAugmentOptions& o) {
  v("operations", o.operations, "how many are applied one after another (N)", {.min = 0, .max = 16});
  v("magnitude", o.magnitude, "how strongly (M)", {.min = 0});
  v("bins", o.bins, "steps of the magnitude, 0 included", {.min = 2, .max = 1000});
}

enum class LearnedPolicy { cifar10, imagenet };

inline std::vector<std::string> choices(LearnedPolicy) { return {"cifar10", "imagenet"}; }

struct AutoAugmentOptions {
  LearnedPolicy policy = LearnedPolicy::imagenet;
};

inline void fields(OptionVisitor& v, AutoAugmentOptions& o) { v("policy", o.policy, "learned on cifar10 or imagenet"); }

/// One step of a sub-policy: done with a probability, at a magnitude 0 to 9.
struct PolicyStep {
  PolicyOperation operation = PolicyOperation::identity;
  double probability = 0;
  int magnitude = 0;
};

/// Two steps, one after the other.
struct SubPolicy {
  PolicyStep first, second;
};

/// The 25 sub-policies of Cubuk et al., "AutoAugment", 2019, appendix (tables 7 and 9).
const std::vector<SubPolicy>& learned_policy(LearnedPolicy policy);

}  // namespace retort::data
