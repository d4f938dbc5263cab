// COLMAP's binary model files: little-endian records behind a count.
#include <limits>

#include "distil/field/scene/colmap_fields.h"
#include "io/bytes.h"

namespace retort::field {
namespace {

constexpr size_t camera_record_bytes = 4 + 4 + 8 + 8;         // id, model, width, height; parameters follow
constexpr size_t image_record_bytes = 4 + 7 * 8 + 4 + 1 + 8;  // id, pose, camera, an empty name, count of observations
constexpr size_t observation_bytes = 8 + 8 + 8;               // x, y, point
constexpr size_t point_record_bytes = 8 + 3 * 8 + 3 + 8 + 8;  // id, position, colour, error, length of the track
constexpr size_t track_element_bytes = 4 + 4;                 // image, observation
constexpr size_t max_image_name = 4096;

// Reads a count and holds it against what is left of the file, each record taking at least `record_bytes`.
uint64_t read_colmap_count(io::ByteReader& reader, size_t record_bytes, std::string_view of_what) {
  const auto count = reader.read<uint64_t>();
  if (count > reader.remaining() / record_bytes) {
    reader.fail(
        fmt::format("{} {} do not fit the file; it is cut off or damaged, export the model again", count, of_what));
  }
  return count;
}

void require_colmap_end(const io::ByteReader& reader) {
  reader.require(reader.at_end(),
                 "bytes are left over behind the last record; the file is damaged, export the model again");
}

}  // namespace

std::map<uint32_t, Lens> colmap_cameras_from_binary(std::span<const uint8_t> bytes, const std::string& name) {
  io::ByteReader reader(bytes, name);
  std::map<uint32_t, Lens> cameras;
  const uint64_t count = read_colmap_count(reader, camera_record_bytes, "cameras");
  for (uint64_t i = 0; i < count; ++i) {
    const auto id = reader.read<uint32_t>();
    const auto model = reader.read<int32_t>();
    const auto width = reader.read<uint64_t>(), height = reader.read<uint64_t>();
    std::array<double, max_lens_parameters> parameters{};
    const int parameter_count = std::max(lens_parameter_count(model), 0);
    for (int k = 0; k < parameter_count; ++k) parameters[size_t(k)] = reader.read<double>();
    const auto size = [](uint64_t side) {
      return int64_t(std::min<uint64_t>(side, std::numeric_limits<int64_t>::max()));
    };
    const auto lens = make_lens(model, size(width), size(height), std::span(parameters).first(size_t(parameter_count)),
                                fmt::format("{}: camera {}", name, id));
    reader.require(cameras.emplace(id, lens).second, "a camera is listed twice", id);
  }
  require_colmap_end(reader);
  return cameras;
}

std::vector<ColmapImage> colmap_images_from_binary(std::span<const uint8_t> bytes, const std::string& name) {
  io::ByteReader reader(bytes, name);
  const uint64_t count = read_colmap_count(reader, image_record_bytes, "images");
  std::vector<ColmapImage> images;
  for (uint64_t i = 0; i < count; ++i) {
    reader.read<uint32_t>();  // the image's id; names are what counts here
    std::array<double, 4> quaternion;
    Vector3 translation;
    for (double& value : quaternion) value = reader.read<double>();
    for (double& value : translation) value = reader.read<double>();
    ColmapImage image;
    image.camera = reader.read<uint32_t>();
    image.name = std::string(reader.text_until('\0', max_image_name));
    check_colmap_image_name(image.name, name);
    image.world_to_camera = colmap_pose(quaternion, translation, fmt::format("{}: image '{}'", name, image.name));
    const uint64_t observations = read_colmap_count(reader, observation_bytes, "observations");
    reader.skip(observations * observation_bytes);
    images.push_back(std::move(image));
  }
  require_colmap_end(reader);
  return images;
}

PointCloud colmap_points_from_binary(std::span<const uint8_t> bytes, const std::string& name) {
  io::ByteReader reader(bytes, name);
  const uint64_t count = read_colmap_count(reader, point_record_bytes, "points");
  std::vector<ColmapPoint> points;
  points.reserve(count);
  for (uint64_t i = 0; i < count; ++i) {
    ColmapPoint point;
    point.id = reader.read<uint64_t>();
    Vector3 position;
    for (double& coordinate : position) coordinate = reader.read<double>();
    check_colmap_point(position, fmt::format("{}: point {}", name, point.id));
    point.position = {float(position[0]), float(position[1]), float(position[2])};
    for (uint8_t& channel : point.colour) channel = reader.read<uint8_t>();
    reader.read<double>();  // the reprojection error
    const uint64_t track = read_colmap_count(reader, track_element_bytes, "elements of a track");
    reader.skip(track * track_element_bytes);
    points.push_back(point);
  }
  require_colmap_end(reader);
  return colmap_cloud(points);
}

}  // namespace retort::field
