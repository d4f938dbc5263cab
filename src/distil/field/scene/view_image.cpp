// From files to a view's training picture.
#include <algorithm>

#include "core/errors.h"
#include "distil/field/camera/undistortion.h"
#include "distil/field/scene/image_cache.h"
#include "distil/field/scene/photos.h"
#include "io/area_resize.h"

namespace retort::field {
namespace {

constexpr uint8_t mask_threshold = 128;

io::Image read_photo(const View& view) {
  io::Image photo = io::read_image(view.image, photo_orientation(view.image, view.lens));
  if (photo.width != view.lens.width || photo.height != view.lens.height) {
    user_error(
        "{}: {}x{} pixels, but it had {}x{} when the scene was loaded; leave the photos alone while a run reads them",
        view.image.string(), photo.width, photo.height, view.lens.width, view.lens.height);
  }
  return photo;
}

// At the photo's size, so that it goes the photo's way through undistortion.
io::Image read_mask(const View& view) {
  const io::Image mask = io::to_grey(io::read_image(view.mask, photo_orientation(view.mask, view.lens)));
  return io::area_resize(mask, view.lens.width, view.lens.height);
}

// The alpha channel as a mask.
io::Image alpha_of(const io::Image& photo) {
  auto mask = io::make_image(photo.width, photo.height, 1);
  for (size_t pixel = 0; pixel < mask.pixels.size(); ++pixel) mask.pixels[pixel] = photo.pixels[4 * pixel + 3];
  return mask;
}

void undistort_photo(const Lens& lens, io::Image& photo, io::Image& mask) {
  const auto map = undistortion_map(lens);
  auto valid = io::make_image(lens.width, lens.height, 1);
  photo.pixels = apply_undistortion(map, photo.pixels, photo.channels, valid.pixels);
  if (mask.empty()) {
    mask = std::move(valid);
  } else {
    mask.pixels = apply_undistortion(map, mask.pixels, 1, {});
  }
}

}  // namespace

ViewImage load_view_image(const View& view, std::array<uint8_t, 3> background) {
  const auto photo = read_photo(view);
  ViewImage picture{.rgb = io::to_rgb(photo, background), .mask = view.mask.empty() ? io::Image{} : read_mask(view)};
  if (view.alpha == AlphaUse::mask && photo.channels == 4 && view.mask.empty()) picture.mask = alpha_of(photo);
  if (view.lens.distorted()) undistort_photo(view.lens, picture.rgb, picture.mask);
  picture.rgb = io::area_resize(picture.rgb, view.camera.width, view.camera.height);
  if (picture.mask.empty()) return picture;
  picture.mask = io::area_resize(picture.mask, view.camera.width, view.camera.height);
  bool all_count = true;
  for (uint8_t& value : picture.mask.pixels) {
    value = value >= mask_threshold ? 255 : 0;
    all_count = all_count && value;
  }
  if (all_count) picture.mask = {};
  return picture;
}

}  // namespace retort::field
