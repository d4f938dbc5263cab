// A grid of recipe keys: which points there are, and what is to be run for each.
//
//   loss.kd.temperature=[2,4,8] loss.kd.weight=[0.5,0.9] train.epochs=30
//
// are six points; the third key is the same for all. Lists of options that are lists themselves are written
// [[30,60],[60,90]].
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "claims/task.h"
#include "core/options.h"
#include "core/recipe.h"

namespace retort::claims {

struct SweepAxis {
  std::string key;
  std::vector<std::string> values;  ///< YAML
};

struct SweepPoint {
  std::string name;              ///< "temperature=2_weight=0.5": safe as a file's name, another for every other point
  std::vector<size_t> choice;    ///< of each axis' values
  std::vector<std::string> set;  ///< "key=value" of each axis
};

struct SweepPlan {
  std::vector<std::string> fixed;  ///< "key=value" of all points
  std::vector<SweepAxis> axes;
  std::vector<SweepPoint> points;  ///< the last key changes fastest
  bool seeded = false;             ///< the method has train.seed
};

struct SweepOptions {
  std::vector<std::string> assignments;  ///< "key=[a,b,c]", or "key=value" for all points
  int64_t seeds = 1;                     ///< runs of each point, with train.seed 0, 1, 2 ...
  int64_t random = 0;                    ///< so many points drawn without putting back; 0: the whole grid
  uint64_t random_seed = 0;              ///< of the draw; more points of one seed begin with the fewer
};

/// `options` are those of the recipe's method. UserError led by "sweep" for an unknown key (with the nearest), one
/// given twice, a list without or with equal values, train.seed (the seeds are the sweep's), more than one seed of a
/// method that has none, or more than 10,000 runs.
SweepPlan plan_sweep(const SweepOptions& sweep, const std::vector<OptionDoc>& options);

/// A recipe changed as the point says.
Recipe recipe_of(const Recipe& base, const SweepPlan& plan, const SweepPoint& point);

/// Points that together show every value of every axis: to try each value once before anything runs.
std::vector<SweepPoint> covering_points(const SweepPlan& plan);

/// A run for each point with each seed, named "<point>-seed<k>", below `folder`: seed by seed, the points in turn
/// forwards and backwards.
std::vector<Task> sweep_tasks(const SweepPlan& plan, const Recipe& base, const std::filesystem::path& folder,
                              int64_t seeds);

/// "retort run RECIPE key=value ...", quoted for a shell. `recipe` as the user named it.
std::string command_of(const std::string& recipe, const SweepPlan& plan, const SweepPoint& point);

}  // namespace retort::claims
