#include "distil/field/scene/transforms.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "core/errors.h"
#include "core/text.h"
#include "distil/field/scene/scene_model.h"

namespace retort::field {
namespace {

using nlohmann::json;
const std::vector<std::string> transforms_models = {"SIMPLE_PINHOLE", "PINHOLE", "SIMPLE_RADIAL",
                                                    "RADIAL",         "OPENCV",  "OPENCV_FISHEYE"};

std::optional<double> number_at(const json& holder, const char* key, const std::string& where) {
  if (!holder.contains(key)) return std::nullopt;
  if (!holder[key].is_number() || !std::isfinite(holder[key].get<double>())) {
    user_error("{}: '{}' is not a number", where, key);
  }
  return holder[key].get<double>();
}

std::string text_at(const json& holder, const char* key, const std::string& where) {
  if (!holder.contains(key)) return "";
  if (!holder[key].is_string()) user_error("{}: '{}' is not a text", where, key);
  auto text = holder[key].get<std::string>();
  while (text.starts_with("./")) text = text.substr(2);
  if (!text.empty()) check_photo_name(text, fmt::format("{}: '{}'", where, key));
  return text;
}

// What `holder` says takes the place of what was said before.
void read_intrinsics(const json& holder, TransformsIntrinsics& to, const std::string& where) {
  const auto take = [&](const char* key, auto& value) {
    if (const auto number = number_at(holder, key, where)) value = *number;
  };
  take("w", to.width);
  take("h", to.height);
  take("fl_x", to.fx);
  take("fl_y", to.fy);
  take("cx", to.cx);
  take("cy", to.cy);
  take("camera_angle_x", to.angle_x);
  take("camera_angle_y", to.angle_y);
  take("k1", to.k1);
  take("k2", to.k2);
  take("k3", to.k3);
  take("k4", to.k4);
  take("p1", to.p1);
  take("p2", to.p2);
  if (holder.contains("is_fisheye")) {
    if (!holder["is_fisheye"].is_boolean()) user_error("{}: 'is_fisheye' is neither true nor false", where);
    to.fisheye = holder["is_fisheye"].get<bool>();
  }
  const auto model = text_at(holder, "camera_model", where);
  if (model.empty()) return;
  if (std::find(transforms_models.begin(), transforms_models.end(), model) == transforms_models.end()) {
    user_error("{}: camera_model '{}'; {} are understood: undistort the photos first", where, model,
               join(transforms_models, ", "));
  }
  to.fisheye = model == "OPENCV_FISHEYE";
}

std::array<double, 12> matrix_at(const json& frame, const std::string& where) {
  const json& rows = frame.contains("transform_matrix") ? frame["transform_matrix"] : json();
  const bool shaped = rows.is_array() && (rows.size() == 4 || rows.size() == 3);
  std::array<double, 12> matrix{};
  for (size_t row = 0; row < 3; ++row) {
    for (size_t column = 0; column < 4; ++column) {
      if (!shaped || !rows[row].is_array() || rows[row].size() != 4 || !rows[row][column].is_number()) {
        user_error("{}: 'transform_matrix' is not 4x4 numbers", where);
      }
      matrix[4 * row + column] = rows[row][column].get<double>();
    }
  }
  return matrix;
}

}  // namespace

Transforms parse_transforms(const json& document, const std::string& name) {
  if (!document.is_object() || !document.contains("frames") || !document["frames"].is_array()) {
    user_error("{}: no list 'frames'; is this a transforms.json of instant-ngp, nerfstudio or Blender?", name);
  }
  TransformsIntrinsics shared;
  read_intrinsics(document, shared, name);
  Transforms transforms;
  transforms.points_file = text_at(document, "ply_file_path", name);
  const double unit = number_at(document, "depth_unit_scale_factor", name).value_or(transforms.depth_scale);
  transforms.depth_scale = unit * number_at(document, "applied_scale", name).value_or(1);
  if (!(transforms.depth_scale > 0 && std::isfinite(transforms.depth_scale))) {
    user_error("{}: 'depth_unit_scale_factor' and 'applied_scale' must be positive", name);
  }
  for (size_t index = 0; index < document["frames"].size(); ++index) {
    const auto& source = document["frames"][index];
    const auto where = fmt::format("{}: frame {}", name, index);
    if (!source.is_object()) user_error("{} is not an object", where);
    TransformsFrame frame;
    frame.intrinsics = shared;
    frame.file = text_at(source, "file_path", where);
    if (frame.file.empty()) user_error("{}: no 'file_path'", where);
    frame.mask = text_at(source, "mask_path", where);
    frame.depth = text_at(source, "depth_file_path", where);
    frame.time = number_at(source, "time", where).value_or(0);
    read_intrinsics(source, frame.intrinsics, where);
    frame.world_to_camera = pose_from_camera_to_world(matrix_at(source, where), CameraAxes::opengl, where);
    transforms.frames.push_back(std::move(frame));
  }
  return transforms;
}

Lens transforms_lens(const TransformsIntrinsics& said, int width, int height, const std::string& name) {
  const double said_width = said.width.value_or(width), said_height = said.height.value_or(height);
  if (!(said_width >= 1 && said_width < 1e6 && said_height >= 1 && said_height < 1e6)) {
    user_error("{}: a photo of {} x {} pixels", name, said_width, said_height);
  }
  auto fx = said.fx, fy = said.fy;
  if (!fx && said.angle_x) fx = said_width / 2 / std::tan(*said.angle_x / 2);
  if (!fy && said.angle_y) fy = said_height / 2 / std::tan(*said.angle_y / 2);
  if (!fx && !fy) user_error("{}: no focal length (fl_x or camera_angle_x)", name);
  if (!fx) fx = fy;
  if (!fy) fy = fx;
  const double cx = said.cx.value_or(said_width / 2), cy = said.cy.value_or(said_height / 2);
  if (!said.fisheye && said.k4 != 0) {
    user_error(
        "{}: 'k4' of a lens that is no fisheye; k1, k2, k3, p1 and p2 are understood: undistort the photos first",
        name);
  }
  const auto lens_of = [&](LensModel model, const std::vector<double>& parameters) {
    return make_lens(int(model), std::llround(said_width), std::llround(said_height), parameters, name);
  };
  const auto lens =
      said.fisheye ? lens_of(LensModel::opencv_fisheye, {*fx, *fy, cx, cy, said.k1, said.k2, said.k3, said.k4})
      : said.k3 != 0
          ? lens_of(LensModel::full_opencv, {*fx, *fy, cx, cy, said.k1, said.k2, said.p1, said.p2, said.k3, 0, 0, 0})
          : lens_of(LensModel::opencv, {*fx, *fy, cx, cy, said.k1, said.k2, said.p1, said.p2});
  return resized(lens, width, height);
}

}  // namespace retort::field
