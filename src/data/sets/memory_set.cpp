#include "data/sets/memory_set.h"

#include <utility>

#include "core/errors.h"

namespace retort::data {
namespace {

class MemorySet : public Dataset {
 public:
  explicit MemorySet(MemorySetParts parts) : parts_(std::move(parts)) {
    RT_CHECK(parts_.channels > 0 && parts_.height > 0 && parts_.width > 0, "memory set [{},{},{}]", parts_.channels,
             parts_.height, parts_.width);
    for (const PixelRun& run : parts_.runs) {
      RT_CHECK(run.count >= 0, "{}: {} pictures", run.name, run.count);
      RT_CHECK(run.count == 0 || size_t(run.count - 1) * run.stride + picture_bytes() <= run.bytes.bytes.size(),
               "{}: {} pictures leave their bytes", run.name, run.count);
      count_ += run.count;
    }
    RT_CHECK(count_ == int64_t(parts_.labels.size()), "{} pictures, {} labels", count_, parts_.labels.size());
    RT_CHECK(parts_.sample_names.empty() || parts_.sample_names.size() == parts_.labels.size(),
             "{} names of {} samples", parts_.sample_names.size(), count_);
    for (int64_t i = 0; i < count_; ++i) {
      if (label(i) < 0 || label(i) >= class_count()) {
        user_error("{}: its label is {}; there are classes 0 to {} only", sample_name(i), label(i), class_count() - 1);
      }
    }
  }

  int64_t size() const override { return count_; }
  const std::vector<std::string>& class_names() const override { return parts_.class_names; }
  int64_t label(int64_t index) const override { return parts_.labels[size_t(index)]; }

  std::string sample_name(int64_t index) const override {
    if (!parts_.sample_names.empty()) return parts_.sample_names[size_t(index)];
    const auto [run, number] = place(index);
    return fmt::format("{}, picture {}", run->name, number);
  }

  Sample sample(int64_t index) const override {
    const auto [run, number] = place(index);
    const uint8_t* from = run->bytes.bytes.data() + size_t(number) * run->stride;
    return {.image = {parts_.channels, parts_.height, parts_.width, {from, from + picture_bytes()}},
            .label = label(index)};
  }

 private:
  size_t picture_bytes() const { return size_t(parts_.channels) * parts_.height * parts_.width; }

  std::pair<const PixelRun*, int64_t> place(int64_t index) const {
    RT_CHECK(index >= 0 && index < count_, "sample {} of {}", index, count_);
    for (const PixelRun& run : parts_.runs) {
      if (index < run.count) return {&run, index};
      index -= run.count;
    }
    fault("memory set: sample {} is in no run", index);
  }

  MemorySetParts parts_;
  int64_t count_ = 0;
};

}  // namespace

DatasetPtr make_memory_set(MemorySetParts parts) { return std::make_shared<MemorySet>(std::move(parts)); }

}  // namespace retort::data
