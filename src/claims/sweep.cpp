#include "claims/sweep.h"

#include <algorithm>
#include <cctype>
#include <numeric>
#include <set>

#include "claims/known_option.h"
#include "core/errors.h"
#include "core/random.h"
#include "core/text.h"
#include "io/sha256.h"

namespace retort::claims {

namespace {
namespace fs = std::filesystem;
constexpr const char* seed_key = "train.seed";
constexpr int64_t max_runs = 10'000, max_grid = 10'000'000;
constexpr size_t max_point_name = 100, digest_letters = 8;

bool has_seed(const std::vector<OptionDoc>& options) {
  return std::any_of(options.begin(), options.end(), [](const OptionDoc& doc) { return doc.path == seed_key; });
}

std::string yaml_of(const YAML::Node& node) {
  YAML::Emitter emitter;
  emitter.SetSeqFormat(YAML::Flow);
  emitter.SetMapFormat(YAML::Flow);
  emitter << node;
  return emitter.c_str();
}

YAML::Node parsed_value(const std::string& assignment, size_t equals) {
  try {
    return YAML::Load(assignment.substr(equals + 1));
  } catch (const YAML::Exception& error) {
    user_error("sweep: {}: not valid YAML: {}", assignment, error.msg);
  }
}

// A list stands for several values, unless the option is a list: then a list of lists does.
bool is_axis(const YAML::Node& value, const OptionDoc& option) {
  if (!value.IsSequence()) return false;
  if (!option.type.starts_with("list of")) return true;
  return value.size() > 0 &&
         std::all_of(value.begin(), value.end(), [](const auto& item) { return item.IsSequence(); });
}

SweepAxis axis_of_values(const std::string& key, const YAML::Node& list) {
  SweepAxis axis{.key = key, .values = {}};
  for (const auto& item : list) {
    auto value = yaml_of(item);
    if (std::find(axis.values.begin(), axis.values.end(), value) != axis.values.end())
      user_error("sweep: {}: {} is given twice", key, value);
    axis.values.push_back(std::move(value));
  }
  if (axis.values.empty()) user_error("sweep: {}: the list is empty; give its values: {}=[a,b,c]", key, key);
  return axis;
}

void add_assignment(SweepPlan& plan, const std::string& assignment, const std::vector<OptionDoc>& options) {
  const auto equals = assignment.find('=');
  if (equals == std::string::npos || equals == 0)
    user_error("sweep: '{}' is neither key=[a,b,c] nor key=value", assignment);
  const auto key = trim(std::string_view(assignment).substr(0, equals));
  if (key == seed_key) user_error("sweep: {} is set by the sweep itself, from 0 on; say how many with --seeds", key);
  const auto& option = known_option(key, options, "sweep");
  const auto value = parsed_value(assignment, equals);
  if (is_axis(value, option)) {
    plan.axes.push_back(axis_of_values(key, value));
  } else {
    plan.fixed.push_back(key + assignment.substr(equals));
  }
}

void refuse_repeated_keys(const SweepPlan& plan) {
  std::set<std::string> seen;
  for (const auto& axis : plan.axes) {
    if (!seen.insert(axis.key).second) user_error("sweep: {}: is given twice", axis.key);
  }
  for (const auto& assignment : plan.fixed) {
    const auto key = assignment.substr(0, assignment.find('='));
    if (!seen.insert(key).second) user_error("sweep: {}: is given twice", key);
  }
}

int64_t size_of_grid(const std::vector<SweepAxis>& axes) {
  int64_t size = 1;
  for (const auto& axis : axes) {
    size *= static_cast<int64_t>(axis.values.size());
    if (size > max_grid) user_error("sweep: a grid of more than {} points; give fewer values", max_grid);
  }
  return size;
}

// Which points of the grid, in its order when all are wanted, else in the order of the draw.
std::vector<int64_t> chosen_points(const SweepOptions& sweep, int64_t grid) {
  std::vector<int64_t> numbers(static_cast<size_t>(grid));
  std::iota(numbers.begin(), numbers.end(), 0);
  if (sweep.random == 0 || sweep.random >= grid) return numbers;
  numbers = RandomTree(sweep.random_seed).child("sweep").generator().permutation(grid);
  numbers.resize(static_cast<size_t>(sweep.random));
  return numbers;
}

// The last parts of each key, as many as tell them apart: "kd.weight" beside "ce.weight", "temperature" alone.
std::vector<std::string> short_keys(const std::vector<SweepAxis>& axes) {
  std::vector<std::string> names;
  for (const auto& axis : axes) {
    const auto parts = split(axis.key, '.');
    for (size_t taken = 1; taken <= parts.size(); ++taken) {
      const auto name = join({parts.end() - static_cast<std::ptrdiff_t>(taken), parts.end()}, ".");
      const auto ends_so = std::count_if(axes.begin(), axes.end(), [&](const SweepAxis& other) {
        return other.key == name || other.key.ends_with("." + name);
      });
      if (ends_so > 1 && taken < parts.size()) continue;
      names.push_back(name);
      break;
    }
  }
  return names;
}

bool is_file_letter(char letter) {
  return std::isalnum(static_cast<unsigned char>(letter)) ||
         std::string_view(".,+-_").find(letter) != std::string::npos;
}

// "temperature=2_weight=0.5". Values have no '=' of their own, so no two points are called alike; what had to be
// changed or cut is told apart by a digest of the whole.
std::string name_of_point(const std::vector<std::string>& keys, const std::vector<std::string>& values) {
  std::string name, whole;
  for (size_t axis = 0; axis < keys.size(); ++axis) {
    auto value = values[axis];
    std::replace_if(
        value.begin(), value.end(), [](char letter) { return !is_file_letter(letter); }, '_');
    const auto* joint = axis == 0 ? "" : "_";
    name += joint + keys[axis] + "=" + value;
    whole += joint + keys[axis] + "=" + values[axis];
  }
  if (name == whole && name.size() <= max_point_name) return name.empty() ? "recipe" : name;
  return name.substr(0, max_point_name) + "-" + io::sha256_hex(whole).substr(0, digest_letters);
}

SweepPoint point_of(const SweepPlan& plan, const std::vector<std::string>& keys, int64_t number) {
  SweepPoint point{.name = {}, .choice = std::vector<size_t>(plan.axes.size()), .set = {}};
  for (size_t axis = plan.axes.size(); axis-- > 0;) {
    const auto count = static_cast<int64_t>(plan.axes[axis].values.size());
    point.choice[axis] = static_cast<size_t>(number % count);
    number /= count;
  }
  std::vector<std::string> values;
  for (size_t axis = 0; axis < plan.axes.size(); ++axis) {
    values.push_back(plan.axes[axis].values[point.choice[axis]]);
    point.set.push_back(plan.axes[axis].key + "=" + values.back());
  }
  point.name = name_of_point(keys, values);
  return point;
}

// A word as a POSIX shell wants it.
std::string shell_word(const std::string& word) {
  const bool plain = !word.empty() && std::all_of(word.begin(), word.end(), [](char letter) {
    return is_file_letter(letter) || std::string_view("/:=").find(letter) != std::string::npos;
  });
  if (plain) return word;
  std::string quoted = "'";
  for (const char letter : word) quoted += letter == '\'' ? std::string("'\\''") : std::string(1, letter);
  return quoted + "'";
}
}  // namespace

SweepPlan plan_sweep(const SweepOptions& sweep, const std::vector<OptionDoc>& options) {
  SweepPlan plan;
  for (const auto& assignment : sweep.assignments) add_assignment(plan, assignment, options);
  refuse_repeated_keys(plan);
  plan.seeded = has_seed(options);
  if (sweep.seeds > 1 && !plan.seeded)
    user_error("sweep: --seeds {}: the method has no {}; its runs would be alike", sweep.seeds, seed_key);
  const auto numbers = chosen_points(sweep, size_of_grid(plan.axes));
  if (static_cast<int64_t>(numbers.size()) > max_runs / std::max<int64_t>(1, sweep.seeds)) {
    user_error("sweep: {} points with {} seeds are more than {} runs; give fewer values, or draw some with --random N",
               numbers.size(), sweep.seeds, max_runs);
  }
  const auto keys = short_keys(plan.axes);
  for (const int64_t number : numbers) plan.points.push_back(point_of(plan, keys, number));
  return plan;
}

Recipe recipe_of(const Recipe& base, const SweepPlan& plan, const SweepPoint& point) {
  Recipe recipe = base;
  for (const auto* set : {&plan.fixed, &point.set}) {
    for (const auto& assignment : *set) recipe.override_with(assignment);
  }
  return recipe;
}

std::vector<SweepPoint> covering_points(const SweepPlan& plan) {
  std::set<std::pair<size_t, size_t>> shown;
  std::vector<SweepPoint> points;
  for (const auto& point : plan.points) {
    bool shows_more = points.empty();
    for (size_t axis = 0; axis < point.choice.size(); ++axis)
      shows_more |= shown.emplace(axis, point.choice[axis]).second;
    if (shows_more) points.push_back(point);
  }
  return points;
}

std::vector<Task> sweep_tasks(const SweepPlan& plan, const Recipe& base, const fs::path& folder, int64_t seeds) {
  const auto whole_folder = fs::absolute(folder).lexically_normal();
  std::vector<Task> tasks;
  for (int64_t seed = 0; seed < seeds; ++seed) {
    auto points = plan.points;
    if (seed % 2 == 1) std::reverse(points.begin(), points.end());
    for (const auto& point : points) {
      auto recipe = recipe_of(base, plan, point);
      if (plan.seeded) recipe.override_with(fmt::format("{}={}", seed_key, seed));
      Task task{.name = fmt::format("{}-seed{}", point.name, seed), .source = point.name, .is_arm = true, .seed = seed};
      task.folder = whole_folder / task.name;
      task.recipe = recipe.to_yaml();
      tasks.push_back(std::move(task));
    }
  }
  return tasks;
}

std::string command_of(const std::string& recipe, const SweepPlan& plan, const SweepPoint& point) {
  std::string command = "retort run " + shell_word(recipe);
  for (const auto* set : {&plan.fixed, &point.set}) {
    for (const auto& assignment : *set) command += " " + shell_word(assignment);
  }
  return command;
}

}  // namespace retort::claims
