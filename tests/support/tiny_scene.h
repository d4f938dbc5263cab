// A COLMAP scene of a few small photos, to be damaged by tests.
#pragma once

#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include "distil/field/scene/colmap.h"
#include "io/atomic_file.h"
#include "support/jpeg_writer.h"

namespace retort::tests {

/// Cameras 1 (pinhole) and, when asked for, 2; images on a line; four points.
inline field::ColmapModel tiny_model(const std::vector<std::string>& names, int width = 48, int height = 32) {
  field::ColmapModel model;
  model.cameras[1] = {.model = field::LensModel::pinhole,
                      .width = width,
                      .height = height,
                      .fx = 40.5,
                      .fy = 41.25,
                      .cx = width / 2.0 + 1,
                      .cy = height / 2.0 - 0.5};
  for (size_t i = 0; i < names.size(); ++i) {
    field::ColmapImage image{.name = names[i], .camera = 1, .world_to_camera = {}};
    const double half_angle = 0.1 * double(i);
    const auto r = field::rotation_of({std::cos(half_angle), 0, std::sin(half_angle), 0});
    image.world_to_camera = {r[0], r[1], r[2], -double(i), r[3], r[4], r[5], 0.25, r[6], r[7], r[8], 3, 0, 0, 0, 1};
    model.images.push_back(image);
  }
  model.points.positions = {0, 0, 0, 1, 0, 0.125F, 0, 1, 0, -1, 0.5F, 2};
  model.points.colours = {255, 0, 0, 0, 255, 0, 0, 0, 255, 10, 20, 30};
  return model;
}

inline void write_tiny_scene(const std::filesystem::path& folder, const field::ColmapModel& model, bool text = false) {
  std::filesystem::create_directories(folder / "sparse/0");
  field::write_colmap(folder / "sparse/0", model, text);
  for (const auto& image : model.images) {
    const auto& lens = model.cameras.at(image.camera);
    const auto photo = folder / "images" / image.name;
    std::filesystem::create_directories(photo.parent_path());
    io::write_png(photo, sample_picture(lens.width, lens.height, 3));
  }
}

}  // namespace retort::tests
