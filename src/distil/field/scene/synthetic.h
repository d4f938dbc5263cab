// The synthetic scene: eight textured solids of eight classes on a textured floor, ray-traced, with everything known.
// Tests, benches, claims and the demo share it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/options.h"
#include "core/thread_pool.h"
#include "distil/field/scene/image_cache.h"
#include "distil/field/scene/scene.h"

namespace retort::field {

/// What makes the scene less than perfect; each from its own random stream.
struct SyntheticNoise {
  double feature_stddev = 0.2;  ///< on each value of each teacher map, independent from view to view
  double pixel_stddev = 0;      ///< on 8-bit colours, in grey levels
  double point_stddev = 0;      ///< on the initial points, in world units (the solids are about 1 large)
};

inline void fields(OptionVisitor& v, SyntheticNoise& o) {
  v("feature_stddev", o.feature_stddev, "noise on every value of the teacher maps, new for each view", {.min = 0});
  v("pixel_stddev", o.pixel_stddev, "noise on the pictures", {.unit = "grey levels", .min = 0});
  v("point_stddev", o.point_stddev, "noise on the initial points", {.unit = "world units", .min = 0});
}

struct SyntheticOptions {
  int64_t seed = 0;
  int views = 24;
  int width = 96, height = 72;
  int solids = 8;
  int points = 2000;
  int feature_dim = 32;
  double feature_norm = 0.6;
  int feature_downscale = 2;
  int supersampling = 3;
  SyntheticNoise noise = {};

  void check(Problems& problems) const;
};

inline void fields(OptionVisitor& v, SyntheticOptions& o) {
  v("seed", o.seed, "of layout, points and noise");
  v("views", o.views, "photos on the orbit; every 6th from the 4th is held out", {.min = 4, .max = 1000});
  v("width", o.width, "of the photos", {.unit = "pixels", .min = 8, .max = 4096});
  v("height", o.height, "of the photos", {.unit = "pixels", .min = 8, .max = 4096});
  v("solids", o.solids, "the first so many of the eight solids", {.min = 1, .max = 8});
  v("points", o.points, "surface points to start from", {.min = 4, .max = 10'000'000});
  v("feature_dim", o.feature_dim, "channels of the teacher maps; more than the classes", {.min = 3, .max = 2048});
  v("feature_norm", o.feature_norm, "length of a class's direction; with the noise it sets the teacher's accuracy",
    {.min = 1e-3});
  v("feature_downscale", o.feature_downscale, "photo pixels a teacher pixel, each way", {.min = 1, .max = 64});
  v("supersampling", o.supersampling, "rays a pixel, each way", {.min = 1, .max = 16});
  v("noise", o.noise, "what makes the scene less than perfect");
}

/// What is known of a view's pixels; all [height, width], seen through the pixel's centre.
struct SyntheticTruth {
  std::vector<uint8_t> labels;  ///< class: 0 the floor, k the k-th solid
  std::vector<float> depth;     ///< camera z
  std::vector<float> normals;   ///< [height, width, 3] unit, in the world
};

/// A solid's axis-aligned bounds in the world.
struct SolidBox {
  int label = 0;
  std::array<double, 3> low = {}, high = {};
};

struct SyntheticScene {
  SyntheticOptions options;              ///< that it was made with
  Scene scene;                           ///< views without files; points, split and extent as from a loaded scene
  std::vector<ViewImage> images;         ///< one a view
  std::vector<SyntheticTruth> truth;     ///< one a view
  std::vector<SolidBox> boxes;           ///< one a solid
  std::vector<int> point_labels;         ///< [P] class of each initial point
  std::vector<std::string> class_names;  ///< [K] "floor", "ball", ...
  int feature_dim = 0, map_width = 0, map_height = 0;
  std::vector<float> class_features;             ///< [K, feature_dim] orthogonal rows of length feature_norm
  std::vector<std::vector<float>> teacher_maps;  ///< one a view, [feature_dim, map_height, map_width]

  int classes() const { return int(class_names.size()); }
};

/// Same options, same bits, for any number of threads.
SyntheticScene make_synthetic_scene(const SyntheticOptions& options, ThreadPool& pool);

/// Class of each pixel of a [D,h,w] map: the largest dot product with a row of `class_features` [K,D]. -> [h,w]
std::vector<uint8_t> nearest_classes(const std::vector<float>& map, const std::vector<float>& class_features,
                                     int feature_dim);

/// Class of the surface nearest to each position (world): 0 the floor, k the k-th solid; distances into a solid count
/// as those out of it.
std::vector<int> nearest_surface_classes(const SyntheticOptions& options,
                                         const std::vector<std::array<double, 3>>& positions);

/// The true labels at the teacher maps' size: the class that covers most of a map pixel's photo pixels (ties: the
/// lower class). -> [map_height, map_width]
std::vector<uint8_t> labels_at_map_size(const SyntheticScene& scene, int view);

/// Writes the scene as a COLMAP scene: images/, sparse/0/*.bin, test_views.txt, labels/ (grey PNG, the class number),
/// rgb_feature_langseg/<stem>_fmap_CxHxW.npy (float16), vocabulary/<class>.npy (float32 [feature_dim]) and
/// synthetic.yaml (the options). Makes the folder where it is missing.
void write_synthetic_scene(const std::filesystem::path& folder, const SyntheticScene& scene);

/// The options of a scene that write_synthetic_scene() wrote; nothing for other folders. UserError for a damaged file.
std::optional<SyntheticOptions> read_synthetic_options(const std::filesystem::path& folder);

}  // namespace retort::field
