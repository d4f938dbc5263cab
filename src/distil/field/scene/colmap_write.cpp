// Writes COLMAP models: the synthetic scene's files, and models for other programs.
#include "distil/field/scene/colmap.h"
#include "io/atomic_file.h"
#include "io/bytes.h"

namespace retort::field {
namespace {

Matrix3 colmap_rotation(const Matrix4& pose) {
  return {pose[0], pose[1], pose[2], pose[4], pose[5], pose[6], pose[8], pose[9], pose[10]};
}

std::string colmap_cameras_binary(const ColmapModel& model) {
  io::ByteWriter out;
  out.write(uint64_t(model.cameras.size()));
  for (const auto& [id, lens] : model.cameras) {
    out.write(id);
    out.write(int32_t(lens.model));
    out.write(uint64_t(lens.width));
    out.write(uint64_t(lens.height));
    for (const double parameter : lens_parameters(lens)) out.write(parameter);
  }
  return out.take();
}

std::string colmap_images_binary(const ColmapModel& model) {
  io::ByteWriter out;
  out.write(uint64_t(model.images.size()));
  for (size_t i = 0; i < model.images.size(); ++i) {
    const auto& image = model.images[i];
    const auto& pose = image.world_to_camera;
    out.write(uint32_t(i + 1));
    for (const double value : quaternion_of(colmap_rotation(pose))) out.write(value);
    for (const double value : {pose[3], pose[7], pose[11]}) out.write(value);
    out.write(image.camera);
    out.write_text(image.name);
    out.pad(1, '\0');
    out.write(uint64_t(0));
  }
  return out.take();
}

std::string colmap_points_binary(const ColmapModel& model) {
  io::ByteWriter out;
  out.write(uint64_t(model.points.size()));
  for (int64_t i = 0; i < model.points.size(); ++i) {
    out.write(uint64_t(i + 1));
    for (int axis = 0; axis < 3; ++axis) out.write(double(model.points.positions[size_t(3 * i + axis)]));
    for (int channel = 0; channel < 3; ++channel) out.write(model.points.colours[size_t(3 * i + channel)]);
    out.write(0.0);
    out.write(uint64_t(0));
  }
  return out.take();
}

std::string colmap_cameras_text(const ColmapModel& model) {
  std::string out = "# CAMERA_ID MODEL WIDTH HEIGHT PARAMS[]\n";
  for (const auto& [id, lens] : model.cameras) {
    out += fmt::format("{} {} {} {}", id, lens_model_name(int(lens.model)), lens.width, lens.height);
    for (const double parameter : lens_parameters(lens)) out += fmt::format(" {}", parameter);
    out += '\n';
  }
  return out;
}

std::string colmap_images_text(const ColmapModel& model) {
  std::string out = "# IMAGE_ID QW QX QY QZ TX TY TZ CAMERA_ID NAME, then a line of POINTS2D[]\n";
  for (size_t i = 0; i < model.images.size(); ++i) {
    const auto& image = model.images[i];
    const auto& pose = image.world_to_camera;
    const auto q = quaternion_of(colmap_rotation(pose));
    out += fmt::format("{} {} {} {} {} {} {} {} {} {}\n\n", i + 1, q[0], q[1], q[2], q[3], pose[3], pose[7], pose[11],
                       image.camera, image.name);
  }
  return out;
}

std::string colmap_points_text(const ColmapModel& model) {
  std::string out = "# POINT3D_ID X Y Z R G B ERROR TRACK[]\n";
  for (int64_t i = 0; i < model.points.size(); ++i) {
    const float* position = &model.points.positions[size_t(3 * i)];
    const uint8_t* colour = &model.points.colours[size_t(3 * i)];
    out += fmt::format("{} {} {} {} {} {} {} 0\n", i + 1, position[0], position[1], position[2], colour[0], colour[1],
                       colour[2]);
  }
  return out;
}

}  // namespace

void write_colmap(const std::filesystem::path& folder, const ColmapModel& model, bool text) {
  const std::string ending = text ? ".txt" : ".bin";
  io::write_whole_file(folder / ("cameras" + ending), text ? colmap_cameras_text(model) : colmap_cameras_binary(model));
  io::write_whole_file(folder / ("images" + ending), text ? colmap_images_text(model) : colmap_images_binary(model));
  io::write_whole_file(folder / ("points3D" + ending), text ? colmap_points_text(model) : colmap_points_binary(model));
}

}  // namespace retort::field
