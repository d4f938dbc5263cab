#include "distil/field/scene/split.h"

#include <algorithm>

#include "core/errors.h"
#include "core/text.h"
#include "distil/field/scene/paths.h"
#include "io/atomic_file.h"

namespace retort::field {
namespace {

constexpr uint64_t max_split_file_bytes = 16 << 20;

std::vector<bool> held_out_by_file(const Scene& scene, const std::filesystem::path& file) {
  std::vector<bool> held_out(scene.views.size(), false);
  std::vector<std::string> names;
  for (const auto& view : scene.views) names.push_back(view.name);
  int64_t number = 0;
  for (const auto& line : split(io::read_whole_file(file, max_split_file_bytes), '\n')) {
    ++number;
    const std::string name = trim(line);
    if (name.empty() || name[0] == '#') continue;
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end()) {
      user_error("{}:{}: '{}' is no view of the scene{}", file.string(), number, name, did_you_mean(name, names));
    }
    held_out[size_t(found - names.begin())] = true;
  }
  return held_out;
}

std::vector<bool> every_nth(size_t views, size_t first, int every) {
  std::vector<bool> held_out(views, false);
  for (size_t i = first; i < views; i += size_t(every)) held_out[i] = true;
  return held_out;
}

std::vector<bool> held_out_automatically(const Scene& scene, const std::optional<std::vector<std::string>>& names,
                                         int every) {
  const auto file = scene.folder / "test_views.txt";
  if (path_exists(file)) return held_out_by_file(scene, file);
  if (!names) return every_nth(scene.views.size(), 0, every);
  std::vector<bool> held_out;
  for (const auto& view : scene.views) {
    held_out.push_back(std::find(names->begin(), names->end(), view.name) != names->end());
  }
  return held_out;
}

std::vector<bool> held_out_views(const Scene& scene, SplitRule rule,
                                 const std::optional<std::vector<std::string>>& names, int every) {
  switch (rule) {
    case SplitRule::automatic:
      return held_out_automatically(scene, names, every);
    case SplitRule::every_8th_from_0:
      return every_nth(scene.views.size(), 0, 8);
    case SplitRule::every_8th_from_2:
      return every_nth(scene.views.size(), 2, 8);
    case SplitRule::every_5th_from_0:
      return every_nth(scene.views.size(), 0, 5);
    case SplitRule::none:
      break;
  }
  return std::vector<bool>(scene.views.size(), false);
}

}  // namespace

void split_views(Scene& scene, SplitRule rule, const std::optional<std::vector<std::string>>& names, int every) {
  const auto held_out = held_out_views(scene, rule, names, every);
  scene.train.clear();
  scene.test.clear();
  for (size_t i = 0; i < held_out.size(); ++i) (held_out[i] ? scene.test : scene.train).push_back(int(i));
  if (scene.train.size() < 2) {
    user_error(
        "{}: {} of {} views are left for training; at least 2 are needed: register more photos or hold out fewer "
        "(scene.split=none)",
        scene.folder.string(), scene.train.size(), scene.views.size());
  }
}

}  // namespace retort::field
