#include "data/sets/same_classes.h"

#include "core/errors.h"

namespace retort::data {

void require_same_classes(const Dataset& train, const Dataset& test) {
  const auto &known = train.class_names(), &tested = test.class_names();
  for (size_t i = 0; i < tested.size(); ++i) {
    if (i >= known.size()) {
      user_error("data.test: has {} classes, the training set {}; a network that never saw '{}' can't name it",
                 tested.size(), known.size(), tested[i]);
    }
    if (tested[i] != known[i]) {
      user_error("data.test: its class {} is '{}', the training set's is '{}'; both need the same classes in one order",
                 i, tested[i], known[i]);
    }
  }
}

}  // namespace retort::data
