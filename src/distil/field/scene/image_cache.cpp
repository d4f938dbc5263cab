#include "distil/field/scene/image_cache.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <future>
#include <list>
#include <map>
#include <mutex>
#include <thread>

#include "core/errors.h"

namespace retort::field {
namespace {

using SharedViewImage = std::shared_ptr<const ViewImage>;

class ImageCache : public ImageSource {
 public:
  ImageCache(const Scene& scene, const ImageDataOptions& options)
      : scene_(scene), budget_(int64_t(options.image_cache_mb) << 20) {
    for (int i = 0; i < options.workers; ++i) workers_.emplace_back([this] { work(); });
  }

  ~ImageCache() override {
    {
      const std::lock_guard lock(mutex_);
      closing_ = true;
    }
    wanted_changed_.notify_all();
    for (auto& worker : workers_) worker.join();
  }

  SharedViewImage get(int view) override {
    RT_CHECK(view >= 0 && size_t(view) < scene_.views.size(), "image cache: view {} of {}", view, scene_.views.size());
    std::shared_future<SharedViewImage> picture;
    std::promise<SharedViewImage> promise;
    {
      const std::lock_guard lock(mutex_);
      if (const auto found = entries_.find(view); found != entries_.end()) {
        touch(found->second);
        picture = found->second.picture;
      } else {
        claim(view, promise);
      }
    }
    return picture.valid() ? picture.get() : read(view, promise);
  }

  void prefetch(int view) override {
    if (workers_.empty()) return;
    {
      const std::lock_guard lock(mutex_);
      if (entries_.contains(view)) return;
      wanted_.push_back(view);
      // What was asked for long ago and never read is no longer soon.
      if (wanted_.size() > max_wanted) wanted_.pop_front();
    }
    wanted_changed_.notify_one();
  }

 private:
  static constexpr size_t max_wanted = 16;

  struct Entry {
    std::shared_future<SharedViewImage> picture;
    std::list<int>::iterator order;
    int64_t bytes = 0;  // 0 while being read
  };

  // Call with the lock held: the caller becomes the one who reads this view.
  void claim(int view, std::promise<SharedViewImage>& promise) {
    order_.push_front(view);
    entries_[view] = {promise.get_future().share(), order_.begin(), 0};
  }

  void touch(Entry& entry) { order_.splice(order_.begin(), order_, entry.order); }

  SharedViewImage read(int view, std::promise<SharedViewImage>& promise) {
    SharedViewImage picture;
    try {
      picture = std::make_shared<const ViewImage>(load_view_image(scene_.views[size_t(view)], scene_.background));
    } catch (...) {
      promise.set_exception(std::current_exception());
      const std::lock_guard lock(mutex_);
      forget(entries_.find(view));
      throw;
    }
    promise.set_value(picture);
    const std::lock_guard lock(mutex_);
    Entry& entry = entries_.at(view);
    entry.bytes = picture->bytes();
    used_ += entry.bytes;
    shrink(view);
    return picture;
  }

  void forget(std::map<int, Entry>::iterator entry) {
    used_ -= entry->second.bytes;
    order_.erase(entry->second.order);
    entries_.erase(entry);
  }

  // Drops what was used longest ago, but never `newest` and nothing that is being read.
  void shrink(int newest) {
    for (auto oldest = order_.end(); used_ > budget_ && oldest != order_.begin();) {
      const auto entry = entries_.find(*--oldest);
      if (entry->first == newest || entry->second.bytes == 0) continue;
      oldest = std::next(oldest);
      forget(entry);
    }
  }

  void work() {
    std::unique_lock lock(mutex_);
    while (true) {
      wanted_changed_.wait(lock, [&] { return closing_ || !wanted_.empty(); });
      if (closing_) return;
      const int view = wanted_.front();
      wanted_.pop_front();
      if (entries_.contains(view)) continue;
      std::promise<SharedViewImage> promise;
      claim(view, promise);
      lock.unlock();
      try {
        read(view, promise);
      } catch (...) {
        // The fault is met again, and reported, by whoever gets this view.
      }
      lock.lock();
    }
  }

  const Scene& scene_;
  const int64_t budget_;
  std::mutex mutex_;
  std::condition_variable wanted_changed_;
  std::map<int, Entry> entries_;
  std::list<int> order_;  // newest first
  std::deque<int> wanted_;
  int64_t used_ = 0;
  bool closing_ = false;
  std::vector<std::thread> workers_;
};

class MemoryImages : public ImageSource {
 public:
  explicit MemoryImages(std::vector<ViewImage> images) {
    for (auto& image : images) images_.push_back(std::make_shared<const ViewImage>(std::move(image)));
  }
  SharedViewImage get(int view) override {
    RT_CHECK(view >= 0 && size_t(view) < images_.size(), "memory images: view {} of {}", view, images_.size());
    return images_[size_t(view)];
  }

 private:
  std::vector<SharedViewImage> images_;
};

}  // namespace

std::unique_ptr<ImageSource> make_image_cache(const Scene& scene, const ImageDataOptions& options) {
  return std::make_unique<ImageCache>(scene, options);
}

std::unique_ptr<ImageSource> make_memory_images(std::vector<ViewImage> images) {
  return std::make_unique<MemoryImages>(std::move(images));
}

}  // namespace retort::field
