// Numbers of a picture: mean and standard deviation.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/options.h"
#include "data/transforms/transform.h"

namespace retort::data {

/// Per channel, of values in [0, 1].
struct ChannelStatistics {
  std::vector<double> mean, stddev;
};

/// cifar10, cifar100, imagenet, mnist, fashion_mnist, half (0.5 and 0.5); nothing for other names.
std::optional<ChannelStatistics> statistics_preset(const std::string& name);
std::vector<std::string> statistics_presets();

struct NormaliseOptions {
  std::string preset = {};                     ///< where it is empty, mean and stddev count
  std::vector<double> mean = {}, stddev = {};  ///< one a channel, or one for all
  void check(Problems& problems) const;
};

inline void fields(OptionVisitor& v, NormaliseOptions& o) {
  v("preset", o.preset, "mean and stddev of a data set: cifar10, cifar100, imagenet, mnist, fashion_mnist, half");
  v("mean", o.mean, "subtracted, of values in [0, 1]; one a channel, or one for all");
  v("stddev", o.stddev, "divided by");
}

/// (value - mean) / stddev in place. UserError when the number of channels fits neither.
void normalise(const FloatPlanes& image, const ChannelStatistics& statistics);

}  // namespace retort::data
