// Training pictures on demand: decoded, undistorted and resized in worker threads, kept as bytes within a budget.
#pragma once

#include <memory>
#include <vector>

#include "distil/field/scene/scene.h"
#include "io/image.h"

namespace retort::field {

/// A view's picture at its camera's size.
struct ViewImage {
  io::Image rgb;   ///< 3 channels
  io::Image mask;  ///< 1 channel, 255: counts, 0: does not; empty: all pixels count

  int64_t bytes() const { return int64_t(rgb.pixels.size() + mask.pixels.size()); }
};

/// Where pictures come from. Implementations are thread-safe.
class ImageSource {
 public:
  virtual ~ImageSource() = default;
  /// Picture of scene.views[view]. What is wrong with a file comes out here as UserError.
  virtual std::shared_ptr<const ViewImage> get(int view) = 0;
  /// Says that `view` will be wanted soon.
  virtual void prefetch(int /*view*/) {}
};

/// Reads one view: photo, mask, undistortion, area filter. The same bytes whenever and wherever it is called. Pixels
/// that undistortion leaves without colour are black and masked out.
ViewImage load_view_image(const View& view, std::array<uint8_t, 3> background);

/// Least recently used pictures leave when the budget is full; the newest always stays. `scene` must outlive the cache.
std::unique_ptr<ImageSource> make_image_cache(const Scene& scene, const ImageDataOptions& options);

/// Pictures that are in memory already, one a view.
std::unique_ptr<ImageSource> make_memory_images(std::vector<ViewImage> images);

}  // namespace retort::field
