// A scene: posed views, a sparse cloud, and which views are for training.
#pragma once

#include <array>
#include <filesystem>
#include <string>
#include <vector>

#include "distil/field/camera/camera.h"
#include "distil/field/camera/extent.h"
#include "distil/field/camera/lens.h"
#include "distil/field/scene/colmap.h"
#include "distil/field/scene/scene_options.h"

namespace retort::field {

struct View {
  std::string name;             ///< as in the model, "left/0001.jpg"
  Camera camera;                ///< ideal pinhole of the training size
  std::filesystem::path image;  ///< the photo; empty for views that live in memory only
  std::filesystem::path mask;   ///< bright pixels count, dark ones don't; empty: all count
  Lens lens;                    ///< of the photo as it lies on the disk (its size may exceed the camera's)
  double time = 0;              ///< seconds; 0 in static scenes
  int exposure_group = 0;       ///< views with equal exposure; one group a lens
  std::filesystem::path depth;  ///< grey PNG of 16 bits, along the optical axis; empty: none
  double near = 0, far = 0;     ///< where the scene lies along the optical axis, world units; 0: unknown
  AlphaUse alpha = AlphaUse::composite;

  /// The name without its ending: what teacher maps and labels are filed under ("left/0001").
  std::string stem() const;
};

struct Scene {
  std::filesystem::path folder;  ///< empty for scenes that live in memory only
  std::vector<View> views;       ///< sorted by name
  std::vector<int> train, test;  ///< indices into views, ascending
  PointCloud points;
  SceneExtent extent;  ///< of the training cameras
  std::array<uint8_t, 3> background = {0, 0, 0};
  int unregistered_photos = 0;     ///< photos in the folder that the model does not place
  std::string format;              ///< "colmap", "transforms" ...; empty for scenes that live in memory only
  std::vector<std::string> notes;  ///< what a user should know of how the scene was read, one line each
};

/// Loads a scene of any format (scene/scene_format.h): poses, photos, masks, split, first points.
/// `full` is the size of the photos; the intrinsics are scaled to it. When `resolution` is half, quarter or eighth and
/// a folder `<images>_2`, `_4` or `_8` holds every photo within a pixel of the wanted size, the photos are taken from
/// there and their size is the training size. Masks: what the format names, else masks/<stem>.png or masks/<name>.png.
/// Pixels are taken as stored (COLMAP ignores EXIF rotation) unless only the rotated photo fits the camera's shape.
/// UserError (file, fault, remedy) for everything the formats' readers refuse, photos that are absent, unreadable or of
/// another shape than their camera, no points, fewer than two training views, and names in test_views.txt that are no
/// views.
Scene load_scene(const SceneOptions& options, const CameraOptions& camera = {});

}  // namespace retort::field
