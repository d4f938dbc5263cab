// What the reader of a scene format finds out: lenses, posed photos, and what else lies beside them.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "distil/field/camera/camera.h"
#include "distil/field/camera/lens.h"
#include "distil/field/scene/colmap.h"

namespace retort::field {

/// A photo with its pose; nothing of it but perhaps its header has been read yet.
struct PosedPhoto {
  std::string name;  ///< as in the model, "/" between folders; masks, maps and labels are filed under its stem
  std::filesystem::path file;        ///< where it lies
  int lens = 0;                      ///< index into SceneModel::lenses
  Matrix4 world_to_camera = {};      ///< COLMAP axes
  std::filesystem::path mask = {};   ///< named by the format; empty: looked for in masks/
  std::filesystem::path depth = {};  ///< empty: none
  double near = 0, far = 0;          ///< along the optical axis, world units; 0: unknown
  double time = 0;                   ///< seconds
};

struct SceneModel {
  std::string source;                   ///< in messages: "the COLMAP model", "transforms.json"
  std::vector<Lens> lenses = {};        ///< of any size of the photo with the right shape
  std::vector<PosedPhoto> photos = {};  ///< sorted by name
  /// The folder that holds the photos by their names and nothing else; empty where photos lie among other files. Its
  /// siblings <folder>_2, _4, _8 may hold reduced copies.
  std::filesystem::path photo_folder = {};
  std::optional<std::vector<std::string>> held_out = {};  ///< names of test views, where the format says
  int held_out_every = 8;                                 ///< else every so manyth
  PointCloud points = {};                                 ///< of the sparse model; empty: none
  std::filesystem::path points_file = {};                 ///< PLY that the format names; empty: none
  double depth_scale = 1e-3;                              ///< world units a step of the depth files
  std::optional<double> random_box_half_side = {};  ///< random points fill this cube about the origin (Blender scenes)
  std::vector<std::string> notes = {};
};

/// Sorts by name; UserError led by the model's source when a name occurs twice.
void sort_photos(SceneModel& model);

/// Keeps every n-th photo, then at most `most` (0: all) spread evenly; in order of names. Notes what was left out.
void thin_photos(SceneModel& model, int64_t every_nth, int64_t most);

/// Adds a note unless it is empty.
void add_note(SceneModel& model, std::string note);

/// Index of `lens` among the model's lenses, added at the end when it is new.
int lens_index(SceneModel& model, const Lens& lens);

/// Which way the axes of a camera-to-world matrix point.
enum class CameraAxes {
  opencv,  ///< x right, y down, z forward
  opengl,  ///< x right, y up, z backward
  llff     ///< x down, y right, z backward
};

/// World-to-camera in COLMAP axes from the upper three rows of a camera-to-world matrix. UserError led by `where` for
/// non-finite numbers and for rotations whose columns are not orthonormal within 1e-2 (others are made so).
Matrix4 pose_from_camera_to_world(const std::array<double, 12>& camera_to_world, CameraAxes axes,
                                  const std::string& where);

/// UserError led by `where` unless the name is a relative path that stays inside the scene and can be shown in one
/// line.
void check_photo_name(const std::string& name, const std::string& where);

}  // namespace retort::field
