#include "data/sets/catalogue.h"

#include <algorithm>
#include <filesystem>

#include "core/env.h"
#include "core/text.h"

namespace retort::data {
namespace {

std::string find_data_folder(const std::string& name) {
  std::error_code ignored;
  for (const auto& root : data_roots()) {
    const auto folder = std::filesystem::path(root) / name;
    if (std::filesystem::exists(folder, ignored)) return folder.string();
  }
  user_error("data set '{}' is not in {}; give its folder as `path`, or set RETORT_SHARED", name,
             join(data_roots(), " or "));
}

}  // namespace

std::vector<std::string> data_roots() {
  const std::string shared = env::get("SHARED");
  return {(std::filesystem::path(shared.empty() ? "../shared" : shared) / "data").string()};
}

DatasetPtr open_dataset(const Registry<DataSetKind>& kinds, std::string_view name_and_split, const std::string& path) {
  const auto slash = name_and_split.find('/');
  const std::string name(name_and_split.substr(0, slash));
  std::string split(slash == std::string_view::npos ? "" : name_and_split.substr(slash + 1));
  const DataSetKind& kind = kinds.get(name);
  if (split.empty() && kind.splits.size() == 1) split = kind.splits.front();
  if (split.empty() && !kind.splits.empty()) {
    user_error("data set '{0}' has the splits {1}: write {0}/{2}", name, join(kind.splits, ", "), kind.splits.front());
  }
  const bool known = std::find(kind.splits.begin(), kind.splits.end(), split) != kind.splits.end();
  if (!kind.is_format && !known) {
    user_error("data set '{}' has no split '{}'{}; it has {}", name, split, did_you_mean(split, kind.splits),
               join(kind.splits, ", "));
  }
  if (kind.is_format && path.empty()) user_error("'{}' is a format, not a data set: give a `path`", name);
  return kind.open({name, split, path.empty() ? find_data_folder(kind.folder.empty() ? name : kind.folder) : path});
}

}  // namespace retort::data
