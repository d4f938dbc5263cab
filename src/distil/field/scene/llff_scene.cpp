// LLFF: one row of 17 numbers a photo in poses_bounds.npy, in the order of the sorted file names: a 3x5 matrix [camera
// to world in axes down, right, back | height, width, focal length], then the nearest and farthest depth.
#include <algorithm>
#include <cctype>
#include <cmath>

#include "core/errors.h"
#include "core/text.h"
#include "distil/field/scene/paths.h"
#include "distil/field/scene/photos.h"
#include "distil/field/scene/scene_format.h"
#include "io/bytes.h"
#include "io/npy.h"

namespace retort::field {
namespace {

constexpr int64_t llff_columns = 17;

// `images` as it is named, else the least reduced of images_2, images_4 ...
std::filesystem::path llff_photo_folder(const SceneOptions& options) {
  const std::filesystem::path scene = options.path;
  if (is_folder(scene / options.images)) {
    const auto named = (scene / options.images).lexically_normal();
    return named.has_filename() ? named : named.parent_path();  // without a slash at its end
  }
  for (int divisor = 2; divisor <= 64; ++divisor) {
    const auto folder = scene / (options.images + "_" + std::to_string(divisor));
    if (is_folder(folder)) return folder;
  }
  user_error("{}: neither {}/ nor {}_N/ is there; put the photos there or name theirs with scene.images=FOLDER",
             options.path, options.images, options.images);
}

std::vector<std::string> sorted_photo_names(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (is_photo_name(entry.path())) names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

// masks_N beside images_N; masks beside a folder of any other name.
std::filesystem::path llff_mask(const std::filesystem::path& photo_folder, const std::string& name) {
  constexpr std::string_view images = "images";
  const std::string folder = photo_folder.filename().string();
  const std::string ending = folder.starts_with(images) ? folder.substr(images.size()) : "";
  const auto file =
      photo_folder.parent_path() / ("masks" + ending) / std::filesystem::path(name).replace_extension(".png");
  return path_exists(file) ? file : std::filesystem::path();
}

// The numbers of float32 or float64 rows.
std::vector<double> llff_rows(const std::filesystem::path& file) {
  const auto array = io::read_npy(file);
  const bool wide = array.dtype == io::DType::f64;
  if (array.shape.size() != 2 || array.shape[1] != llff_columns || !(wide || array.dtype == io::DType::f32)) {
    user_error("{}: expected floating-point numbers in N rows of {}", file.string(), llff_columns);
  }
  io::ByteReader reader(array.bytes(), file.string());
  std::vector<double> numbers;
  while (!reader.at_end()) {
    numbers.push_back(wide ? reader.read<double>() : double(reader.read<float>()));
    if (!std::isfinite(numbers.back())) user_error("{}: holds numbers that are not finite", file.string());
  }
  return numbers;
}

}  // namespace

bool detect_llff_scene(const std::filesystem::path& folder) { return path_exists(folder / "poses_bounds.npy"); }

SceneModel read_llff_scene(const SceneOptions& options) {
  const auto file = std::filesystem::path(options.path) / "poses_bounds.npy";
  const auto numbers = llff_rows(file);
  SceneModel model{.source = "poses_bounds.npy", .photo_folder = llff_photo_folder(options)};
  const auto names = sorted_photo_names(model.photo_folder);
  const auto rows = numbers.size() / size_t(llff_columns);
  if (names.size() != rows) {
    user_error("{}: {} rows, but {} photos in {}; row i belongs to the i-th photo by name, so they must be as many",
               file.string(), rows, names.size(), model.photo_folder.string());
  }
  for (size_t row = 0; row < rows; ++row) {
    const double* m = &numbers[row * size_t(llff_columns)];
    const auto where = fmt::format("{}: row {}", file.string(), row);
    const double height = m[4], width = m[9], focal = m[14];
    if (!(height >= 1 && height < 1e6 && width >= 1 && width < 1e6)) {
      user_error("{}: a photo of {} x {} pixels", where, width, height);
    }
    const std::array<double, 4> parameters = {focal, focal, width / 2, height / 2};
    const auto lens = make_lens(int(LensModel::pinhole), std::llround(width), std::llround(height), parameters, where);
    model.photos.push_back(
        {.name = names[row],
         .file = model.photo_folder / names[row],
         .lens = lens_index(model, lens),
         .world_to_camera = pose_from_camera_to_world(
             {m[0], m[1], m[2], m[3], m[5], m[6], m[7], m[8], m[10], m[11], m[12], m[13]}, CameraAxes::llff, where),
         .mask = llff_mask(model.photo_folder, names[row]),
         .near = m[15],
         .far = m[16]});
  }
  return model;
}

}  // namespace retort::field
