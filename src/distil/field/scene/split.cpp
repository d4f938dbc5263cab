#include "distil/field/scene/split.h"

#include <algorithm>

#include "core/errors.h"
#include "core/text.h"
#include "distil/field/scene/paths.h"
#include "io/atomic_file.h"

namespace retort::field {
namespace {

constexpr int hold_out_every = 8;
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
      user_error("{}:{}: '{}' is no view of the COLMAP model{}", file.string(), number, name,
                 did_you_mean(name, names));
    }
    held_out[size_t(found - names.begin())] = true;
  }
  return held_out;
}

std::vector<bool> held_out_views(const Scene& scene, SplitRule rule) {
  if (rule == SplitRule::automatic) {
    const auto file = scene.folder / "test_views.txt";
    if (path_exists(file)) return held_out_by_file(scene, file);
  }
  std::vector<bool> held_out(scene.views.size(), false);
  if (rule == SplitRule::none) return held_out;
  const size_t first = rule == SplitRule::every_8th_from_2 ? 2 : 0;
  for (size_t i = first; i < held_out.size(); i += hold_out_every) held_out[i] = true;
  return held_out;
}

}  // namespace

void split_views(Scene& scene, SplitRule rule) {
  const auto held_out = held_out_views(scene, rule);
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
