#include "data/sets/kept_pictures.h"

#include <atomic>
#include <cstring>
#include <memory>
#include <mutex>
#include <utility>

#include "core/errors.h"
#include "core/memory_room.h"

namespace retort::data {
namespace {

class KeptPictures : public Dataset {
 public:
  explicit KeptPictures(DatasetPtr source) : source_(std::move(source)) {
    RT_CHECK(source_->size() > 0 && source_->task() == Task::classification,
             "keep_decoded: no pictures with a class each");
    first_ = source_->sample(0).image;
  }

  /// Of all pictures together, once they are kept.
  int64_t bytes() const { return int64_t(picture_bytes()) * size(); }
  /// Makes room for them; before it, none can be asked for.
  void allocate() {
    // Not cleared: memory is taken page by page, as pictures come.
    pixels_ = std::make_unique_for_overwrite<uint8_t[]>(size_t(bytes()));
    is_kept_ = std::make_unique<std::atomic<bool>[]>(size_t(size()));
  }

  int64_t size() const override { return source_->size(); }
  const std::vector<std::string>& class_names() const override { return source_->class_names(); }
  int64_t label(int64_t index) const override { return source_->label(index); }
  std::string sample_name(int64_t index) const override { return source_->sample_name(index); }

  Sample sample(int64_t index) const override {
    RT_CHECK(index >= 0 && index < size(), "sample {} of {}", index, size());
    if (!is_kept_[size_t(index)].load(std::memory_order_acquire)) return decode(index);
    const uint8_t* from = place_of(index);
    return {.image = {first_.channels, first_.height, first_.width, {from, from + picture_bytes()}},
            .label = label(index)};
  }

 private:
  size_t picture_bytes() const { return first_.pixels.size(); }
  uint8_t* place_of(int64_t index) const { return pixels_.get() + size_t(index) * picture_bytes(); }

  /// Two threads that ask for the same picture at once both decode it; one keeps it.
  Sample decode(int64_t index) const {
    Sample sample = source_->sample(index);
    const Picture& image = sample.image;
    if (image.channels != first_.channels || image.height != first_.height || image.width != first_.width) {
      user_error("{}: is a picture [{},{},{}] among pictures [{},{},{}]", sample_name(index), image.channels,
                 image.height, image.width, first_.channels, first_.height, first_.width);
    }
    const std::lock_guard lock(writing_);
    auto& is_kept = is_kept_[size_t(index)];
    if (!is_kept.load(std::memory_order_relaxed)) {
      std::memcpy(place_of(index), image.pixels.data(), picture_bytes());
      is_kept.store(true, std::memory_order_release);
    }
    return sample;
  }

  DatasetPtr source_;
  Picture first_;
  mutable std::mutex writing_;
  std::unique_ptr<uint8_t[]> pixels_;             ///< [samples][channels,height,width]
  std::unique_ptr<std::atomic<bool>[]> is_kept_;  ///< by sample: its pixels are there and stay as they are
};

}  // namespace

DatasetPtr keep_decoded(DatasetPtr dataset) {
  auto kept = std::make_shared<KeptPictures>(dataset);
  const int64_t room = memory_room().available_bytes;
  if (room > 0 && kept->bytes() > room / 2) return dataset;
  kept->allocate();
  return kept;
}

}  // namespace retort::data
