// What transforms.json says, without looking at any photo.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "distil/field/camera/distortion.h"

namespace retort::field {

/// Intrinsics as the file spells them, a frame's own before the file's. Nothing: not said.
struct TransformsIntrinsics {
  std::optional<double> width, height, fx, fy, cx, cy, angle_x, angle_y;
  double k1 = 0, k2 = 0, p1 = 0, p2 = 0;
};

struct TransformsFrame {
  std::string file, mask, depth;  ///< relative to the scene; mask and depth may be empty
  Matrix4 world_to_camera = {};   ///< COLMAP axes
  TransformsIntrinsics intrinsics;
  double time = 0;
};

struct Transforms {
  std::vector<TransformsFrame> frames;
  std::string points_file;  ///< PLY, relative to the scene; may be empty
};

/// UserError led by `name` for anything that is missing, of another type, not finite, no rotation, a lens other than
/// pinhole, OPENCV or SIMPLE_PINHOLE, or names that leave the scene.
Transforms parse_transforms(const nlohmann::json& document, const std::string& name);

/// The lens of a photo of this size. Focal lengths come from fl_x, fl_y or the angles of view; a principal point that
/// is not said lies in the middle. Numbers that were said for another size are scaled. UserError without a focal
/// length.
Lens transforms_lens(const TransformsIntrinsics& intrinsics, int width, int height, const std::string& name);

}  // namespace retort::field
