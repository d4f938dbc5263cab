#include "distil/field/scene/transforms.h"

#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "core/errors.h"
#include "distil/field/scene/scene_model.h"

namespace retort::field {
namespace {

using nlohmann::json;

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
  take("p1", to.p1);
  take("p2", to.p2);
  for (const char* key : {"k3", "k4"}) {
    if (number_at(holder, key, where).value_or(0) != 0) {
      user_error("{}: '{}' is not 0; lenses with k1, k2, p1, p2 are understood: undistort the photos first", where,
                 key);
    }
  }
  if (holder.contains("is_fisheye") && holder["is_fisheye"] != false) {
    user_error("{}: 'is_fisheye': fisheye lenses are not understood; undistort the photos first", where);
  }
  const auto model = text_at(holder, "camera_model", where);
  if (!model.empty() && model != "OPENCV" && model != "PINHOLE" && model != "SIMPLE_PINHOLE") {
    user_error("{}: camera_model '{}'; PINHOLE, SIMPLE_PINHOLE and OPENCV are understood: undistort the photos first",
               where, model);
  }
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
  const std::array<double, 8> parameters = {
      *fx,     *fy,    said.cx.value_or(said_width / 2), said.cy.value_or(said_height / 2), said.k1, said.k2,
      said.p1, said.p2};
  const auto lens =
      make_lens(int(LensModel::opencv), std::llround(said_width), std::llround(said_height), parameters, name);
  return resized(lens, width, height);
}

}  // namespace retort::field
