// What a recipe may say about its scene.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "core/options.h"

namespace retort::field {

/// Which views are held out. `automatic`: test_views.txt where the scene has one, else every 8th from 0.
enum class SplitRule { automatic, every_8th_from_0, every_8th_from_2, none };
std::vector<std::string> choices(SplitRule);

enum class Background { black, white };
std::vector<std::string> choices(Background);
/// 0 or 255 on all channels.
std::array<uint8_t, 3> colour_of(Background background);

struct SceneOptions {
  std::string path;
  std::string images = "images";
  std::string resolution = "full";
  SplitRule split = SplitRule::automatic;
  Background background = Background::black;

  void check(Problems& problems) const;
};

inline void fields(OptionVisitor& v, SceneOptions& o) {
  v("path", o.path, "folder with the photos and sparse/0 of COLMAP");
  v("images", o.images, "folder of the photos, inside the scene's");
  v("resolution", o.resolution, "full, half, quarter, eighth, a width W, or WxH (scales the two focal lengths apart)");
  v("split", o.split, "views held out for testing; auto: test_views.txt if present, else every 8th from 0");
  v("background", o.background, "colour behind the field, and behind photos with alpha");
}

/// Recipe section `camera`.
struct CameraOptions {
  bool centre_principal_point = false;
};

inline void fields(OptionVisitor& v, CameraOptions& o) {
  v("centre_principal_point", o.centre_principal_point,
    "pretend that the optical axis meets the middle of the image, as the reference code does");
}

/// Recipe section `data`.
struct ImageDataOptions {
  int image_cache_mb = 1024;
  int workers = 1;
};

inline void fields(OptionVisitor& v, ImageDataOptions& o) {
  v("image_cache_mb", o.image_cache_mb, "memory for decoded photos; what does not fit is decoded again",
    {.unit = "MB", .min = 0, .max = 1 << 20});
  v("workers", o.workers, "threads that decode photos ahead of their use", {.min = 0, .max = 64});
}

struct PixelSize {
  int width = 0, height = 0;
  bool operator==(const PixelSize&) const = default;
};

/// 2, 4 or 8 for half, quarter or eighth; else 0.
int resolution_divisor(const std::string& resolution);

/// The training size of a photo: fractions and the height that goes with a width W are rounded to nearest, halves up
/// (half of 533x948 is 267x474). UserError for another spelling, or when the photo would be enlarged.
PixelSize training_size(const std::string& resolution, PixelSize photo);

}  // namespace retort::field
