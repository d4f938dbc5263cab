#include "core/memory_room.h"

#include <algorithm>
#include <fstream>
#include <sstream>

#include "core/text.h"

namespace retort {

namespace {
namespace fs = std::filesystem;

// How the two versions of control groups name the same things.
struct GroupFiles {
  const char *limit, *usage, *inactive, *active;
};
constexpr GroupFiles version_2 = {"memory.max", "memory.current", "inactive_file", "active_file"};
constexpr GroupFiles version_1 = {"memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file",
                                  "total_active_file"};

std::string small_file(const fs::path& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// The whole number behind "key" or "key:" on a line of its own; -1 without one.
int64_t number_behind(const std::string& text, const std::string& key) {
  for (const auto& line : split(text, '\n')) {
    std::istringstream words(line);
    std::string name;
    int64_t value = 0;
    if (words >> name && (name == key || name == key + ":") && words >> value) return value;
  }
  return -1;
}

// -1 for "max", nonsense and files that are not there.
int64_t number_in(const fs::path& path) {
  int64_t value = 0;
  return parse_integer(trim(small_file(path)), value) ? value : -1;
}

void consider_group(const fs::path& folder, const GroupFiles& files, MemoryRoom& room) {
  const int64_t limit = number_in(folder / files.limit), usage = number_in(folder / files.usage);
  if (limit < 0 || usage < 0) return;
  const auto statistics = small_file(folder / "memory.stat");
  int64_t reclaimable = 0;
  for (const char* key : {files.inactive, files.active}) {
    reclaimable += std::clamp<int64_t>(number_behind(statistics, key), 0, usage);
  }
  const int64_t left = std::max<int64_t>(1, limit - std::max<int64_t>(0, usage - reclaimable));
  if (room.total_bytes == 0 || limit < room.total_bytes) room.total_bytes = limit;
  if (room.available_bytes != 0 && left >= room.available_bytes) return;
  room.available_bytes = left;
  room.limited_by = folder.string();
}

// The group itself and all it lies in, up to the root of the tree.
void consider_groups(const fs::path& root, const std::string& path, const GroupFiles& files, MemoryRoom& room) {
  // A group outside of this namespace is written with "..": from the root there is no way up.
  auto inside = (fs::path("/") / path).lexically_normal().relative_path();
  for (; !inside.empty(); inside = inside.parent_path()) consider_group(root / inside, files, room);
  consider_group(root, files, room);
}
}  // namespace

MemoryRoom memory_room(const fs::path& proc, const fs::path& groups) {
  const auto machine = small_file(proc / "meminfo");
  MemoryRoom room{.total_bytes = std::max<int64_t>(0, number_behind(machine, "MemTotal")) * 1024,
                  .available_bytes = std::max<int64_t>(0, number_behind(machine, "MemAvailable")) * 1024};
  for (const auto& line : split(small_file(proc / "self/cgroup"), '\n')) {
    // hierarchy:controllers:path; version 2 has number 0 and names no controllers.
    const auto first = line.find(':'), second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const auto controllers = line.substr(first + 1, second - first - 1), path = line.substr(second + 1);
    const auto names = split(controllers, ',');
    if (controllers.empty()) consider_groups(groups, path, version_2, room);
    if (std::find(names.begin(), names.end(), "memory") != names.end()) {
      consider_groups(groups / "memory", path, version_1, room);
    }
  }
  return room;
}

}  // namespace retort
