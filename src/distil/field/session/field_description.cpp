#include "distil/field/session/field_description.h"

#include <ATen/ATen.h>

#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "distil/field/splat_files/splat_formats.h"

namespace retort::field {

namespace {
using Json = nlohmann::ordered_json;

constexpr int64_t most_sampled_splats = 1 << 16;
constexpr double inner_share = 0.9;  // of the splats lie within the radius; far ones are sky and noise

struct FieldBounds {
  std::array<double, 3> centre = {0, 0, 0};
  double radius = 1;
};

FieldBounds bounds_of(const GaussianField& field) {
  FieldBounds bounds;
  if (field.size() == 0) return bounds;
  const int64_t stride = std::max<int64_t>(1, field.size() / most_sampled_splats);
  auto means = at::nan_to_num(field.splats.means.slice(0, 0, field.size(), stride), 0.0, 0.0, 0.0);
  const auto centre = std::get<0>(means.median(0, false));
  for (int axis = 0; axis < 3; ++axis) bounds.centre[axis] = centre[axis].item<double>();
  const auto distances = std::get<0>((means - centre).norm(2, 1).sort());
  const auto place = static_cast<int64_t>(inner_share * static_cast<double>(distances.size(0) - 1));
  const double radius = distances[place].item<double>();
  if (radius > 0) bounds.radius = radius;
  return bounds;
}

// Mean of the cameras' upward directions; -y where there are none.
std::array<double, 3> up_of(const OpenedField& opened) {
  std::array<double, 3> up = {0, 0, 0};
  if (opened.scene) {
    for (const auto& view : opened.scene->views) {
      for (int axis = 0; axis < 3; ++axis) up[axis] -= view.camera.world_to_camera[4 + axis];
    }
  }
  const double length = std::sqrt(up[0] * up[0] + up[1] * up[1] + up[2] * up[2]);
  if (length < 1e-6) return {0, -1, 0};
  for (auto& value : up) value /= length;
  return up;
}

Json views_of(const OpenedField& opened) {
  auto views = Json::array();
  if (!opened.scene) return views;
  std::vector<bool> held_out(opened.scene->views.size(), false);
  for (const int view : opened.scene->test) held_out[static_cast<size_t>(view)] = true;
  for (size_t index = 0; index < held_out.size(); ++index) {
    const auto& view = opened.scene->views[index];
    const auto& camera = view.camera;
    views.push_back({{"name", view.name},
                     {"split", held_out[index] ? "test" : "train"},
                     {"width", camera.width},
                     {"height", camera.height},
                     {"fx", camera.fx},
                     {"fy", camera.fy},
                     {"cx", camera.cx},
                     {"cy", camera.cy},
                     {"world_to_camera", camera.world_to_camera}});
  }
  return views;
}
}  // namespace

std::string field_description(const OpenedField& opened, const GaussianField& field, bool live) {
  const auto bounds = bounds_of(field);
  auto formats = Json::array();
  for (const auto& format : splat_formats()) {
    // A folder of files can't be handed to a browser.
    if (format.endings.front().front() == '/') continue;
    formats.push_back({{"name", format.name}, {"endings", format.endings}});
  }
  Json json = {{"name", opened.name},
               {"splats", field.size()},
               {"sh_degree", field.sh_degree},
               {"feature_dim", field.feature_dim()},
               {"decoded_dim", field.decoded_dim()},
               {"background", field.background},
               {"centre", bounds.centre},
               {"radius", bounds.radius},
               {"up", up_of(opened)},
               {"words", opened.vocabulary ? Json(opened.vocabulary->names()) : Json()},
               {"why_no_words", opened.vocabulary ? "" : opened.why_no_words},
               {"formats", formats},
               {"views", views_of(opened)},
               {"live", live}};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace retort::field
