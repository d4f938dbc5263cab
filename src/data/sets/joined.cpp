#include "data/sets/joined.h"

#include <utility>

#include "core/errors.h"

namespace retort::data {

namespace {
class JoinedSet : public Dataset {
 public:
  JoinedSet(DatasetPtr labelled, DatasetPtr pool) : labelled_(std::move(labelled)), pool_(std::move(pool)) {}

  int64_t size() const override { return labelled_->size() + pool_->size(); }
  const std::vector<std::string>& class_names() const override { return labelled_->class_names(); }
  int64_t label(int64_t index) const override { return is_labelled(index) ? labelled_->label(index) : 0; }
  std::string sample_name(int64_t index) const override {
    return is_labelled(index) ? labelled_->sample_name(index) : pool_->sample_name(in_pool(index));
  }
  Sample sample(int64_t index) const override {
    return is_labelled(index) ? labelled_->sample(index) : without_label(pool_->sample(in_pool(index)));
  }
  Sample sample_part(int64_t index, const PartChooser& choose) const override {
    return is_labelled(index) ? labelled_->sample_part(index, choose)
                              : without_label(pool_->sample_part(in_pool(index), choose));
  }

 private:
  bool is_labelled(int64_t index) const { return index < labelled_->size(); }
  int64_t in_pool(int64_t index) const { return index - labelled_->size(); }
  static Sample without_label(Sample sample) {
    return {.image = std::move(sample.image), .label = 0, .view = sample.view};
  }

  DatasetPtr labelled_, pool_;
};
}  // namespace

DatasetPtr join_unlabelled(DatasetPtr labelled, DatasetPtr pool) {
  if (labelled->task() != Task::classification)
    user_error("data.pool: goes with training sets whose samples have one class each");
  return std::make_shared<JoinedSet>(std::move(labelled), std::move(pool));
}

}  // namespace retort::data
