#include "data/sets/resolution_pairs.h"

#include <utility>
#include <vector>

#include "core/errors.h"
#include "core/text.h"
#include "data/sets/decode.h"

namespace retort::data {
namespace {

class ResolutionPairs : public Dataset {
 public:
  ResolutionPairs(std::shared_ptr<const FileTree> tree, const std::string& folder, int factor)
      : tree_(std::move(tree)), factor_(factor) {
    const std::string lead = folder.empty() ? "" : folder + "/";
    const std::string large = lead + "HR", small = fmt::format("{}LR_x{}", lead, factor);
    for (const auto& name : tree_->names_below(large)) {
      if (has_image_ending(name)) pairs_.emplace_back(small_of(name, large, small), name);
    }
    if (pairs_.empty()) user_error("{}: holds no PNG or JPEG", tree_->full_name(large));
  }

  int64_t size() const override { return int64_t(pairs_.size()); }
  Task task() const override { return Task::super_resolution; }
  const std::vector<std::string>& class_names() const override { return no_classes_; }
  int64_t label(int64_t) const override { return -1; }
  std::string sample_name(int64_t index) const override { return tree_->full_name(pairs_[size_t(index)].first); }

  Sample sample(int64_t index) const override {
    const auto& [small, large] = pairs_[size_t(index)];
    Sample sample{.image = decode_rgb(*tree_, small), .detail = decode_rgb(*tree_, large)};
    if (sample.detail.width != sample.image.width * factor_ || sample.detail.height != sample.image.height * factor_) {
      user_error("{}: is {}x{}, and {} is {}x{}; {} times as large is expected", tree_->full_name(small),
                 sample.image.width, sample.image.height, tree_->full_name(large), sample.detail.width,
                 sample.detail.height, factor_);
    }
    return sample;
  }

 private:
  std::string small_of(const std::string& name, const std::string& large, const std::string& small) const {
    const std::string within = name.substr(large.size());
    if (tree_->contains(small + within)) return small + within;
    const auto dot = within.rfind('.');
    std::string suffixed = fmt::format("{}{}x{}{}", small, within.substr(0, dot), factor_, within.substr(dot));
    if (!tree_->contains(suffixed)) {
      user_error("{}: has no small picture {}", tree_->full_name(name), tree_->full_name(small + within));
    }
    return suffixed;
  }

  std::shared_ptr<const FileTree> tree_;
  int factor_;
  std::vector<std::pair<std::string, std::string>> pairs_;  // small, large
  std::vector<std::string> no_classes_;
};

}  // namespace

DatasetPtr make_resolution_pairs(std::shared_ptr<const FileTree> tree, const std::string& folder, int factor) {
  return std::make_shared<ResolutionPairs>(std::move(tree), folder, factor);
}

DatasetPtr open_resolution_pairs(std::shared_ptr<const FileTree> tree, const std::string& split) {
  const auto slash = split.rfind('/');
  const std::string last = slash == std::string::npos ? split : split.substr(slash + 1);
  if (last.size() != 2 || last[0] != 'x' || last[1] < '2' || last[1] > '8') {
    user_error("super_resolution_pairs: '{}' ends in no factor; write [FOLDER/]x2 to [FOLDER/]x8, as Set5/x4", split);
  }
  return make_resolution_pairs(std::move(tree), slash == std::string::npos ? "" : split.substr(0, slash),
                               last[1] - '0');
}

}  // namespace retort::data
