// What a recipe may say about its scene.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "core/options.h"

namespace retort::field {

/// Which views are held out. `automatic`: test_views.txt where the scene has one, else what its format says (Blender's
/// test frames; every 5th of an RGB-D sequence), else every 8th from 0.
enum class SplitRule { automatic, every_8th_from_0, every_8th_from_2, every_5th_from_0, none };
std::vector<std::string> choices(SplitRule);

enum class Background { black, white };
std::vector<std::string> choices(Background);
/// 0 or 255 on all channels.
std::array<uint8_t, 3> colour_of(Background background);

/// Where the first points come from. `automatic`: what the scene's format holds (scene/initial_points.h).
enum class PointSource { automatic, sparse, depth, ply, random };
std::vector<std::string> choices(PointSource);

/// What a photo's alpha channel is for: laid over the background, or a mask of the pixels that count.
enum class AlphaUse { composite, mask };
std::vector<std::string> choices(AlphaUse);

struct SceneOptions {
  std::string path;
  std::string format = "auto";
  std::string images = "images";
  std::string resolution = "full";
  SplitRule split = SplitRule::automatic;
  Background background = Background::black;
  AlphaUse alpha = AlphaUse::composite;
  PointSource points = PointSource::automatic;
  std::string points_file = {};
  int64_t random_points = 100'000;
  int64_t depth_points = 100'000;
  double depth_scale = 0;
  int64_t max_points = 1'000'000;
  int64_t points_seed = 0;
  int64_t every_nth_view = 1;
  int64_t max_views = 0;

  void check(Problems& problems) const;
};

inline void fields(OptionVisitor& v, SceneOptions& o) {
  v("path", o.path, "folder with the photos and their poses");
  v("format", o.format, "how the poses are written: auto, colmap, transforms, llff or rgbd");
  v("images", o.images, "folder of the photos, inside the scene's");
  v("resolution", o.resolution, "full, half, quarter, eighth, a width W, or WxH (scales the two focal lengths apart)");
  v("split", o.split,
    "views held out for testing; auto: test_views.txt if present, else what the format says, else every 8th from 0");
  v("background", o.background, "colour behind the field, and behind photos with alpha");
  v("alpha", o.alpha, "a photo's alpha channel: laid over the background, or a mask of the pixels that count");
  v("points", o.points,
    "where the first splats lie: the sparse model's points, a PLY file, back-projected depth, at random; auto: "
    "points_file where it is named, else what the scene has, in this order");
  v("points_file", o.points_file, "PLY with x, y, z and perhaps red, green, blue, in the scene or absolute");
  v("random_points", o.random_points, "how many, where points are random", {.min = 4, .max = 20'000'000});
  v("depth_points", o.depth_points, "at most so many, where points come from depth", {.min = 4, .max = 20'000'000});
  v("depth_scale", o.depth_scale, "world units a step of the depth files; 0: what the format says, else 0.001",
    {.min = 0});
  v("max_points", o.max_points, "larger clouds are thinned to so many, evenly and always the same ones", {.min = 4});
  v("points_seed", o.points_seed, "of random points", {.min = 0});
  v("every_nth_view", o.every_nth_view, "of a long sequence keep only every so manyth view, in order of names",
    {.min = 1});
  v("max_views", o.max_views, "keep at most so many views, spread evenly; 0: all", {.min = 0});
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
