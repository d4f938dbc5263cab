#include "data/sets/segmentation_pairs.h"

#include <utility>

#include "core/errors.h"
#include "data/sets/decode.h"

namespace retort::data {
namespace {

class SegmentationPairs : public Dataset {
 public:
  SegmentationPairs(std::shared_ptr<const FileTree> tree, SegmentationFolders folders)
      : tree_(std::move(tree)), folders_(std::move(folders)) {
    for (const auto& name : tree_->names_below(folders_.pictures)) {
      if (!has_image_ending(name)) continue;
      const std::string label_map = folders_.labels + "/" + file_stem(name) + ".png";
      if (!tree_->contains(label_map)) {
        user_error("{}: has no label map {}", tree_->full_name(name), tree_->full_name(label_map));
      }
      pairs_.emplace_back(name, label_map);
    }
    if (pairs_.empty()) user_error("{}: holds no PNG or JPEG", tree_->full_name(folders_.pictures));
  }

  int64_t size() const override { return int64_t(pairs_.size()); }
  Task task() const override { return Task::segmentation; }
  const std::vector<std::string>& class_names() const override { return folders_.class_names; }
  int64_t label(int64_t) const override { return -1; }
  std::string sample_name(int64_t index) const override { return tree_->full_name(pairs_[size_t(index)].first); }

  Sample sample(int64_t index) const override {
    const auto& [picture, label_map] = pairs_[size_t(index)];
    Sample sample{.image = decode_rgb(*tree_, picture), .mask = decode_label_map(*tree_, label_map)};
    if (sample.mask.height != sample.image.height || sample.mask.width != sample.image.width) {
      user_error("{}: its label map is {}x{}, the picture {}x{}", tree_->full_name(picture), sample.mask.width,
                 sample.mask.height, sample.image.width, sample.image.height);
    }
    for (auto& value : sample.mask.pixels) {
      if (value == folders_.void_label) value = void_class;
      if (value == void_class || value < class_count()) continue;
      user_error("{}: holds class {}; there are classes 0 to {}, and {} for void", tree_->full_name(label_map), value,
                 class_count() - 1, folders_.void_label);
    }
    return sample;
  }

 private:
  std::shared_ptr<const FileTree> tree_;
  SegmentationFolders folders_;
  std::vector<std::pair<std::string, std::string>> pairs_;
};

}  // namespace

DatasetPtr make_segmentation_pairs(std::shared_ptr<const FileTree> tree, SegmentationFolders folders) {
  return std::make_shared<SegmentationPairs>(std::move(tree), std::move(folders));
}

}  // namespace retort::data
