// COLMAP's text model files: a record a line (two for images), fields apart by blanks, comments behind '#'.
#include "core/text.h"
#include "distil/field/scene/colmap_fields.h"
#include "io/bytes.h"

namespace retort::field {
namespace {

// Walks over the lines of a file and over the fields of the current line.
class ColmapLines {
 public:
  ColmapLines(std::span<const uint8_t> bytes, const std::string& name)
      : rest_(reinterpret_cast<const char*>(bytes.data()), bytes.size()), name_(name) {}

  /// The next line whatever it holds; false at the end.
  bool next_raw() {
    if (rest_.empty()) return false;
    const size_t end = std::min(rest_.find('\n'), rest_.size());
    line_ = rest_.substr(0, end);
    if (line_.ends_with('\r')) line_.remove_suffix(1);
    rest_.remove_prefix(std::min(end + 1, rest_.size()));
    ++number_;
    return true;
  }

  /// The next line that is neither empty nor a comment.
  bool next() {
    while (next_raw()) {
      skip_blanks();
      if (!line_.empty() && line_[0] != '#') return true;
    }
    return false;
  }

  bool has_field() {
    skip_blanks();
    return !line_.empty();
  }

  std::string_view field(std::string_view of_what) {
    skip_blanks();
    if (line_.empty()) user_error("{}: the line ends before {}", where(), of_what);
    const size_t end = std::min(line_.find_first_of(" \t"), line_.size());
    const auto field = line_.substr(0, end);
    line_.remove_prefix(end);
    return field;
  }

  int64_t integer(std::string_view of_what) {
    const auto text = field(of_what);
    int64_t value = 0;
    if (!parse_integer(text, value) || value < 0)
      user_error("{}: {} is '{}', not a whole number", where(), of_what, text);
    return value;
  }

  double number(std::string_view of_what) {
    const auto text = field(of_what);
    double value = 0;
    if (!parse_number(text, value))
      user_error("{}: {} is '{}', not a finite number; export the model again", where(), of_what, text);
    return value;
  }

  /// All that is left of the line, blanks inside kept: names may hold them.
  std::string remainder() {
    skip_blanks();
    return trim(line_);
  }

  std::string where() const { return fmt::format("{}:{}", name_, number_); }

 private:
  void skip_blanks() { line_.remove_prefix(std::min(line_.find_first_not_of(" \t"), line_.size())); }

  std::string_view rest_, line_;
  const std::string& name_;
  int64_t number_ = 0;
};

uint32_t colmap_identity(ColmapLines& lines, std::string_view of_what) {
  const int64_t value = lines.integer(of_what);
  if (value > int64_t(UINT32_MAX)) user_error("{}: {} {} is too large", lines.where(), of_what, value);
  return uint32_t(value);
}

}  // namespace

std::map<uint32_t, Lens> colmap_cameras_from_text(std::span<const uint8_t> bytes, const std::string& name) {
  ColmapLines lines(bytes, name);
  std::map<uint32_t, Lens> cameras;
  while (lines.next()) {
    const uint32_t id = colmap_identity(lines, "the camera's number");
    const auto model_name = std::string(lines.field("the camera model"));
    const int model = lens_model_number(model_name);
    if (model < 0) {
      user_error("{}: unknown camera model '{}'; take one of {}", lines.where(), model_name, supported_lens_models());
    }
    const int64_t width = lines.integer("the width"), height = lines.integer("the height");
    std::vector<double> parameters;
    while (lines.has_field()) parameters.push_back(lines.number("a camera parameter"));
    const auto lens = make_lens(model, width, height, parameters, lines.where());
    if (!cameras.emplace(id, lens).second) user_error("{}: camera {} is listed twice", lines.where(), id);
  }
  return cameras;
}

std::vector<ColmapImage> colmap_images_from_text(std::span<const uint8_t> bytes, const std::string& name) {
  ColmapLines lines(bytes, name);
  std::vector<ColmapImage> images;
  while (lines.next()) {
    colmap_identity(lines, "the image's number");
    std::array<double, 4> quaternion;
    Vector3 translation;
    for (double& value : quaternion) value = lines.number("the rotation");
    for (double& value : translation) value = lines.number("the translation");
    ColmapImage image;
    image.camera = colmap_identity(lines, "the camera's number");
    image.name = lines.remainder();
    check_colmap_image_name(image.name, lines.where());
    image.world_to_camera =
        colmap_pose(quaternion, translation, fmt::format("{}: image '{}'", lines.where(), image.name));
    images.push_back(std::move(image));
    lines.next_raw();  // the observations; the line may be empty, and the last may be absent
  }
  return images;
}

PointCloud colmap_points_from_text(std::span<const uint8_t> bytes, const std::string& name) {
  ColmapLines lines(bytes, name);
  std::vector<ColmapPoint> points;
  while (lines.next()) {
    ColmapPoint point;
    point.id = uint64_t(lines.integer("the point's number"));
    Vector3 position;
    for (double& coordinate : position) coordinate = lines.number("the position");
    check_colmap_point(position, lines.where());
    point.position = {float(position[0]), float(position[1]), float(position[2])};
    for (uint8_t& channel : point.colour) {
      const int64_t value = lines.integer("the colour");
      if (value > 255) user_error("{}: a colour of {}; 0 to 255 is right", lines.where(), value);
      channel = uint8_t(value);
    }
    lines.number("the reprojection error");
    points.push_back(point);
  }
  return colmap_cloud(points);
}

}  // namespace retort::field
