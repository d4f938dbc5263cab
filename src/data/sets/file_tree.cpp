#include "data/sets/file_tree.h"

#include <algorithm>
#include <cctype>
#include <unordered_map>
#include <utility>

#include "core/errors.h"
#include "io/gzip.h"
#include "io/packed_file.h"
#include "io/tar.h"

namespace retort::data {
namespace {

constexpr uint64_t max_archive_bytes = uint64_t{16} << 30;
constexpr size_t max_tree_files = 20'000'000;

class FolderTree : public FileTree {
 public:
  explicit FolderTree(const std::filesystem::path& folder) {
    root_ = folder.string();
    namespace fs = std::filesystem;
    std::error_code error;
    const auto options = fs::directory_options::follow_directory_symlink;
    fs::recursive_directory_iterator entry(folder, options, error), end;
    for (; !error && entry != end; entry.increment(error)) {
      const bool hidden = entry->path().filename().string().starts_with('.');
      if (hidden && entry->is_directory(error)) entry.disable_recursion_pending();
      // A link that leads back to a folder above would be walked for ever.
      if (entry.depth() > max_depth) user_error("{}: its folders are nested too deeply", entry->path().string());
      if (hidden || !entry->is_regular_file(error)) continue;
      if (names_.size() >= max_tree_files) user_error("{}: has more than {} files", root_, max_tree_files);
      names_.push_back(entry->path().lexically_relative(folder).generic_string());
    }
    if (error) user_error("{}: can't be read: {}", root_, error.message());
    std::sort(names_.begin(), names_.end());
  }

  io::SharedBytes read(const std::string& name) const override { return io::map_file(full_name(name)); }
  std::string full_name(std::string_view name) const override { return root_ + "/" + std::string(name); }

 private:
  static constexpr int max_depth = 16;
};

class ArchiveTree : public FileTree {
 public:
  ArchiveTree(io::SharedBytes archive, const std::string& name) : archive_(std::move(archive)) {
    root_ = name;
    for (auto& member : io::tar_members(archive_.bytes, name)) {
      if (const auto slash = member.name.rfind('/');
          member.name.starts_with('.') || (slash != std::string::npos && member.name[slash + 1] == '.')) {
        continue;
      }
      const auto part = archive_.bytes.subspan(member.offset, member.size);
      if (!parts_.emplace(member.name, part).second) user_error("{}: holds {} twice", name, member.name);
      names_.push_back(std::move(member.name));
    }
    std::sort(names_.begin(), names_.end());
  }

  io::SharedBytes read(const std::string& name) const override {
    const auto found = parts_.find(name);
    if (found == parts_.end()) user_error("{}: holds no {}", root_, name);
    return {archive_.owner, found->second};
  }
  std::string full_name(std::string_view name) const override { return root_ + ":" + std::string(name); }

 private:
  io::SharedBytes archive_;
  std::unordered_map<std::string, std::span<const uint8_t>> parts_;
};

std::string folder_prefix(std::string_view folder) {
  return folder.empty() || folder.ends_with('/') ? std::string(folder) : std::string(folder) + "/";
}

}  // namespace

std::vector<std::string> FileTree::names_below(std::string_view folder) const {
  const std::string prefix = folder_prefix(folder);
  auto name = std::lower_bound(names_.begin(), names_.end(), prefix);
  std::vector<std::string> found;
  for (; name != names_.end() && name->starts_with(prefix); ++name) found.push_back(*name);
  return found;
}

bool FileTree::contains(std::string_view name) const { return std::binary_search(names_.begin(), names_.end(), name); }

bool FileTree::has_folder(std::string_view folder) const {
  const std::string prefix = folder_prefix(folder);
  const auto name = std::lower_bound(names_.begin(), names_.end(), prefix);
  return name != names_.end() && name->starts_with(prefix);
}

io::SharedBytes FileTree::read_unpacked(const std::string& name, uint64_t max_bytes) const {
  io::SharedBytes file = read(name);
  if (!io::looks_like_gzip(file.bytes)) return file;
  return io::share_bytes(io::gunzip(file.bytes, full_name(name), max_bytes));
}

std::string FileTree::read_text(const std::string& name, uint64_t max_bytes) const {
  if (!contains(name)) user_error("{}: is absent", full_name(name));
  const io::SharedBytes file = read(name);
  if (file.bytes.size() > max_bytes) {
    user_error("{}: {} bytes; at most {} are taken", full_name(name), file.bytes.size(), max_bytes);
  }
  return {file.bytes.begin(), file.bytes.end()};
}

std::shared_ptr<const FileTree> open_archive_tree(io::SharedBytes archive, const std::string& name) {
  return std::make_shared<ArchiveTree>(std::move(archive), name);
}

std::shared_ptr<const FileTree> open_file_tree(const std::filesystem::path& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) return std::make_shared<FolderTree>(path);
  io::SharedBytes file = io::open_packed_file(path, max_archive_bytes);
  if (!io::looks_like_tar(file.bytes)) {
    user_error("{}: is neither a folder nor a tar archive (.tar, .tar.gz)", path.string());
  }
  return open_archive_tree(std::move(file), path.string());
}

std::string file_stem(std::string_view name) {
  if (const auto slash = name.rfind('/'); slash != std::string_view::npos) name.remove_prefix(slash + 1);
  const auto point = name.rfind('.');
  return std::string(point == 0 ? name : name.substr(0, point));
}

std::string file_ending(std::string_view name) {
  if (const auto slash = name.rfind('/'); slash != std::string_view::npos) name.remove_prefix(slash + 1);
  const auto point = name.rfind('.');
  if (point == std::string_view::npos || point == 0) return "";
  std::string ending(name.substr(point));
  std::transform(ending.begin(), ending.end(), ending.begin(), [](unsigned char c) { return char(std::tolower(c)); });
  return ending;
}

bool has_image_ending(std::string_view name) {
  const std::string ending = file_ending(name);
  return ending == ".jpg" || ending == ".jpeg" || ending == ".png";
}

}  // namespace retort::data
