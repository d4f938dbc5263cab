#include "data/sets/image_folder.h"

#include <map>
#include <set>
#include <utility>

#include "core/errors.h"
#include "core/text.h"
#include "data/sets/picture_list.h"

namespace retort::data {
namespace {

// The folder below `folder` that a picture lies in.
std::string class_folder_of(const FileTree& tree, const std::string& name, const std::string& folder) {
  const size_t begin = folder.empty() ? 0 : folder.size() + 1;
  const auto slash = name.find('/', begin);
  if (slash == std::string::npos) {
    user_error("{}: lies in no class folder; pictures are expected as {}CLASS/picture.jpg", tree.full_name(name),
               name.substr(0, begin));
  }
  return name.substr(begin, slash - begin);
}

}  // namespace

DatasetPtr make_image_folder(std::shared_ptr<const FileTree> tree, const std::string& folder,
                             std::vector<std::string> class_names) {
  PictureListParts parts{.tree = tree};
  std::vector<std::string> classes;
  for (const auto& name : tree->names_below(folder)) {
    if (!has_image_ending(name)) continue;
    classes.push_back(class_folder_of(*tree, name, folder));
    parts.names.push_back(name);
  }
  if (parts.names.empty()) user_error("{}: holds no PNG or JPEG", tree->full_name(folder));
  if (class_names.empty()) {
    const std::set<std::string> distinct(classes.begin(), classes.end());
    class_names.assign(distinct.begin(), distinct.end());
  }
  std::map<std::string, int64_t> numbers;
  for (const auto& name : class_names) numbers.emplace(name, int64_t(numbers.size()));
  for (size_t i = 0; i < classes.size(); ++i) {
    const auto number = numbers.find(classes[i]);
    if (number == numbers.end()) {
      user_error("{}: '{}' is none of the {} classes{}", tree->full_name(parts.names[i]), classes[i],
                 class_names.size(), did_you_mean(classes[i], class_names));
    }
    parts.labels.push_back(number->second);
  }
  parts.class_names = std::move(class_names);
  return make_picture_list(std::move(parts));
}

}  // namespace retort::data
