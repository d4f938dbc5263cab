#include "data/sets/picture_list.h"

#include <utility>

#include "core/errors.h"
#include "data/sets/decode.h"

namespace retort::data {
namespace {

class PictureList : public Dataset {
 public:
  explicit PictureList(PictureListParts parts) : parts_(std::move(parts)) {
    RT_CHECK(parts_.names.size() == parts_.labels.size(), "{} pictures, {} labels", parts_.names.size(),
             parts_.labels.size());
    if (parts_.names.empty()) user_error("{}: has no pictures", parts_.tree->root());
    for (const auto& name : parts_.names) {
      if (!parts_.tree->contains(name)) user_error("{}: is absent", parts_.tree->full_name(name));
    }
  }

  int64_t size() const override { return int64_t(parts_.names.size()); }
  Task task() const override { return parts_.class_names.empty() ? Task::none : Task::classification; }
  const std::vector<std::string>& class_names() const override { return parts_.class_names; }
  int64_t label(int64_t index) const override { return parts_.labels[size_t(index)]; }
  std::string sample_name(int64_t index) const override { return parts_.tree->full_name(parts_.names[size_t(index)]); }
  Sample sample(int64_t index) const override {
    return {.image = decode_rgb(*parts_.tree, parts_.names[size_t(index)]), .label = label(index)};
  }
  Sample sample_part(int64_t index, const PartChooser& choose) const override {
    Sample sample = decode_rgb_part(*parts_.tree, parts_.names[size_t(index)], choose);
    sample.label = label(index);
    return sample;
  }

 private:
  PictureListParts parts_;
};

}  // namespace

DatasetPtr make_picture_list(PictureListParts parts) { return std::make_shared<PictureList>(std::move(parts)); }

}  // namespace retort::data
