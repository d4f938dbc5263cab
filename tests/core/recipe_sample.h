// Options that have one of everything, for the tests of options and recipes.
#pragma once

#include <string>
#include <vector>

#include "core/options.h"

namespace retort {

enum class SampleSplit { none, every_8th, by_file };
inline std::vector<std::string> choices(SampleSplit) { return {"none", "every_8th", "by_file"}; }

struct SampleTrainOptions {
  int64_t steps = 100;
  std::vector<double> learning_rates = {0.1, 0.01};
};
inline void fields(OptionVisitor& visitor, SampleTrainOptions& options) {
  visitor("steps", options.steps, "how long", {.unit = "steps", .min = 1});
  visitor("learning_rates", options.learning_rates, "one a group", {.min = 0});
}

struct SampleOptions {
  double temperature = 4;
  bool mirrored = false;
  std::string photos;
  SampleSplit split = SampleSplit::every_8th;
  int width = 8;
  std::vector<std::string> names;
  SampleTrainOptions train;

  void check(Problems& problems) const {
    problems.require(width % 2 == 0, "width", "must be even");
    problems.require(!(mirrored && photos.empty()), "photos", "needed when mirrored is true");
  }
};
inline void fields(OptionVisitor& visitor, SampleOptions& options) {
  visitor("temperature", options.temperature, "softens", {.min = 0});
  visitor("mirrored", options.mirrored, "flips");
  visitor("photos", options.photos, "folder");
  visitor("split", options.split, "what is held out");
  visitor("width", options.width, "of a layer", {.min = 2, .max = 64});
  visitor("names", options.names, "of the classes");
  visitor("train", options.train, "the loop");
}

}  // namespace retort
