// What transforms.json says, without looking at any photo.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "distil/field/camera/camera.h"
#include "distil/field/camera/lens.h"

namespace retort::field {

/// Intrinsics as the file spells them, a frame's own before the file's. Nothing: not said.
struct TransformsIntrinsics {
  std::optional<double> width, height, fx, fy, cx, cy, angle_x, angle_y;
  double k1 = 0, k2 = 0, k3 = 0, k4 = 0, p1 = 0, p2 = 0;
  bool fisheye = false;  ///< k1 to k4 are those of OPENCV_FISHEYE
};

struct TransformsFrame {
  std::string file, mask, depth;  ///< relative to the scene; mask and depth may be empty
  Matrix4 world_to_camera = {};   ///< COLMAP axes
  TransformsIntrinsics intrinsics;
  double time = 0;
};

struct Transforms {
  std::vector<TransformsFrame> frames;
  std::string points_file;    ///< PLY, relative to the scene; may be empty
  double depth_scale = 1e-3;  ///< world units a step of the depth files
};

/// Reads what instant-ngp, nerfstudio (nerfstudio_dataparser.py) and Blender write. `applied_transform` says how the
/// program that wrote the file turned the world before; poses and `ply_file_path` both lie in the turned world, so it
/// is not needed here. Depth files hold multiples of `depth_unit_scale_factor` (0.001) in the world before
/// `applied_scale`. UserError led by `name` for anything that is missing, of another type, not finite, no rotation, a
/// lens other than SIMPLE_PINHOLE, PINHOLE, SIMPLE_RADIAL, RADIAL, OPENCV (also with k3) or OPENCV_FISHEYE (also
/// `is_fisheye`), or names that leave the scene.
Transforms parse_transforms(const nlohmann::json& document, const std::string& name);

/// The lens of a photo of this size. Focal lengths come from fl_x, fl_y or the angles of view; a principal point that
/// is not said lies in the middle. Numbers that were said for another size are scaled. UserError without a focal
/// length.
Lens transforms_lens(const TransformsIntrinsics& intrinsics, int width, int height, const std::string& name);

}  // namespace retort::field
