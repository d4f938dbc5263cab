// Which training view comes at which iteration: a new shuffle each round, known without any state.
#pragma once

#include <cstdint>
#include <vector>

#include "core/random.h"

namespace retort::field {

class ViewOrder {
 public:
  /// `views`: indices of the training views, not empty.
  ViewOrder(std::vector<int> views, RandomTree random);

  /// View of iteration 1, 2, ... Every round of views.size() iterations shows each view once (Feature 3DGS, train.py:
  /// cameras are drawn without replacement from a stack that is refilled when empty).
  int at(int64_t iteration);

 private:
  std::vector<int> views_;
  RandomTree random_;
  int64_t shuffled_round_ = -1;
  std::vector<int64_t> permutation_;
};

}  // namespace retort::field
