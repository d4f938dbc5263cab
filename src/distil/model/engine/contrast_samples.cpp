#include "distil/model/engine/contrast_samples.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <limits>

#include "core/errors.h"

namespace retort::model {

namespace {
/// Numbers in [0, bound), unbiased, two from each 64 bits: the high half of a product, with those products refused
/// that would make some numbers likelier. Lemire, "Fast Random Integer Generation in an Interval", 2019.
class BoundedDraws {
 public:
  BoundedDraws(RandomGenerator generator, uint32_t bound)
      : generator_(generator), bound_(bound), refused_below_((0U - bound) % bound) {}

  uint32_t next() {
    for (;;) {
      const uint64_t product = uint64_t{half()} * bound_;
      if (static_cast<uint32_t>(product) >= refused_below_) return static_cast<uint32_t>(product >> 32);
    }
  }

 private:
  uint32_t half() {
    has_spare_ = !has_spare_;
    if (has_spare_) bits_ = generator_.bits();
    return static_cast<uint32_t>(has_spare_ ? bits_ : bits_ >> 32);
  }

  RandomGenerator generator_;
  uint32_t bound_, refused_below_;
  uint64_t bits_ = 0;
  bool has_spare_ = false;
};
}  // namespace

ContrastSamples::ContrastSamples(const std::vector<int64_t>& labels) : labels_(labels), by_class_(labels.size()) {
  RT_CHECK(!labels.empty() && labels.size() < std::numeric_limits<uint32_t>::max(), "contrast: {} samples",
           labels.size());
  const auto [least, largest] = std::minmax_element(labels.begin(), labels.end());
  RT_CHECK(*least >= 0, "contrast: a sample has class {}", *least);
  if (*least == *largest)
    user_error("loss.crd: all {} training samples are of class {}; there is nothing to hold them against",
               labels.size(), *least);
  ranges_.resize(static_cast<size_t>(*largest) + 1);
  for (const int64_t label : labels) ++ranges_[static_cast<size_t>(label)].size;
  uint32_t begin = 0;
  for (auto& range : ranges_) {
    range.begin = begin;
    begin += range.size;
  }
  std::vector<uint32_t> next;
  for (const auto& range : ranges_) next.push_back(range.begin);
  for (size_t sample = 0; sample < labels.size(); ++sample)
    by_class_[next[static_cast<size_t>(labels[sample])]++] = static_cast<uint32_t>(sample);
}

at::Tensor ContrastSamples::draw(const at::Tensor& samples, int64_t count, const RandomTree& random) const {
  auto indices = at::empty({samples.size(0), 1 + count}, at::kLong);
  const auto own = samples.accessor<int64_t, 1>();
  for (int64_t b = 0; b < samples.size(0); ++b) {
    const auto range = ranges_[static_cast<size_t>(labels_.at(static_cast<size_t>(own[b])))];
    BoundedDraws draws(random.child(static_cast<uint64_t>(b)).generator(),
                       static_cast<uint32_t>(by_class_.size()) - range.size);
    int64_t* row = indices.data_ptr<int64_t>() + b * (1 + count);
    row[0] = own[b];
    for (int64_t k = 1; k <= count; ++k) {
      const uint32_t other = draws.next();
      row[k] = by_class_[other < range.begin ? other : other + range.size];
    }
  }
  return indices;
}

}  // namespace retort::model
