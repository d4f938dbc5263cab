#include "distil/field/methods/view_order.h"

#include <utility>

#include "core/errors.h"

namespace retort::field {

ViewOrder::ViewOrder(std::vector<int> views, RandomTree random) : views_(std::move(views)), random_(random) {
  RT_CHECK(!views_.empty(), "view order: no views");
}

int ViewOrder::at(int64_t iteration) {
  RT_CHECK(iteration >= 1, "view order: iteration {}", iteration);
  const auto count = static_cast<int64_t>(views_.size());
  const int64_t round = (iteration - 1) / count;
  if (round != shuffled_round_) {
    permutation_ = random_.child(uint64_t(round)).generator().permutation(count);
    shuffled_round_ = round;
  }
  return views_[permutation_[(iteration - 1) % count]];
}

}  // namespace retort::field
