#include "distil/model/engine/task.h"

#include "core/errors.h"

namespace retort::model {

void require_task(const data::Dataset& set, const nn::Network& network, const std::string& who) {
  switch (set.task()) {
    case data::Task::detection:
    case data::Task::super_resolution:
      user_error("data: a set of {}; networks learn classes of pictures or of pixels here",
                 set.task() == data::Task::detection ? "boxes" : "pictures in two sizes");
    case data::Task::segmentation:
      if (!network.dense)
        user_error(
            "{}: '{}' names one class a picture, and the data set has label maps; one for segmentation, such as "
            "deeplab_resnet8, would be right",
            who, network.name);
      return;
    case data::Task::classification:
    case data::Task::none:
      if (network.dense)
        user_error("{}: '{}' is for segmentation, and the data set has no label maps; camvid_small has, for example",
                   who, network.name);
  }
}

void require_mixable(const data::Dataset& set, const data::MixingOptions& mixing) {
  if (set.task() == data::Task::segmentation && data::is_on(mixing))
    user_error("data.mixing: label maps are not mixed; leave it out");
}

std::vector<int64_t> class_of_samples(const data::Dataset& set) {
  std::vector<int64_t> classes;
  if (set.task() == data::Task::segmentation) return classes;
  for (int64_t i = 0; i < set.size(); ++i) classes.push_back(set.label(i));
  return classes;
}

}  // namespace retort::model
