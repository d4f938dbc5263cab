#include "distil/model/engine/hidden_classes.h"

#include <ATen/ATen.h>

#include "core/errors.h"

namespace retort::model {

at::Tensor hidden_classes(const Registries& registries, const data::DataOptions& data, int64_t subclasses) {
  if (data.merge_classes == 0)
    user_error("loss.lelp.split: hidden learns the classes that data.merge_classes made one, and it is 0");
  auto unmerged = data;
  unmerged.merge_classes = 0;
  const auto set = data::open_train_set(registries, unmerged);
  const int64_t most = (set->class_count() + data.merge_classes - 1) / data.merge_classes;
  if (most > subclasses)
    user_error(
        "loss.lelp.split: up to {} classes became one, and the student has {} outputs a class; {} would be right", most,
        subclasses, most);
  auto hidden = at::empty({set->size()}, at::kLong);
  for (int64_t i = 0; i < set->size(); ++i) hidden.data_ptr<int64_t>()[i] = set->label(i) / data.merge_classes;
  return hidden;
}

}  // namespace retort::model
