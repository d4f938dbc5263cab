// RGB-D sequences: frame-NNNNNN.color.jpg (or .png), .depth.png and .pose.txt (camera to world, metres, axes right,
// down, forward), and the 3x3 camera-intrinsics.txt, in the scene's folder or in data/ below it.
#include <algorithm>
#include <array>

#include "core/errors.h"
#include "core/text.h"
#include "distil/field/scene/paths.h"
#include "distil/field/scene/scene_format.h"
#include "io/atomic_file.h"
#include "io/image.h"

namespace retort::field {
namespace {

constexpr const char* intrinsics_file = "camera-intrinsics.txt";
constexpr uint64_t max_matrix_bytes = 1 << 16;
constexpr int rgbd_held_out_every = 5;

std::filesystem::path frames_folder(const std::filesystem::path& scene) {
  for (const auto& folder : {scene, scene / "data"}) {
    if (path_exists(folder / intrinsics_file)) return folder;
  }
  return {};
}

std::vector<std::filesystem::path> sorted_pose_files(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().filename().string().ends_with(".pose.txt")) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

std::vector<double> decode_matrix_text(std::string_view text, size_t count, const std::string& name) {
  std::vector<double> numbers;
  std::string words(text);
  std::replace_if(
      words.begin(), words.end(), [](char c) { return c == '\n' || c == '\t' || c == '\r'; }, ' ');
  for (const auto& word : split(words, ' ')) {
    if (word.empty()) continue;
    double value = 0;
    if (!parse_number(word, value)) user_error("{}: '{}' is not a number", name, word);
    numbers.push_back(value);
  }
  if (numbers.size() != count) user_error("{}: {} numbers, expected a matrix of {}", name, numbers.size(), count);
  return numbers;
}

bool detect_rgbd_scene(const std::filesystem::path& folder) { return !frames_folder(folder).empty(); }

SceneModel read_rgbd_scene(const SceneOptions& options) {
  const auto folder = frames_folder(options.path);
  if (folder.empty()) user_error("{}: no {}", options.path, intrinsics_file);
  const auto matrix_file = folder / intrinsics_file;
  const auto k = decode_matrix_text(io::read_whole_file(matrix_file, max_matrix_bytes), 9, matrix_file.string());
  SceneModel model{.source = "the sequence", .held_out_every = rgbd_held_out_every};
  for (const auto& pose_file : sorted_pose_files(folder)) {
    const auto name = pose_file.filename().string();
    const auto frame = name.substr(0, name.size() - std::string_view(".pose.txt").size());
    auto photo = folder / (frame + ".color.jpg");
    if (!path_exists(photo)) photo = folder / (frame + ".color.png");
    if (!path_exists(photo)) user_error("{}: the pose has no photo {}.color.jpg (or .png)", pose_file.string(), frame);
    const auto m = decode_matrix_text(io::read_whole_file(pose_file, max_matrix_bytes), 16, pose_file.string());
    const auto size = io::image_size(photo, io::Orientation::as_stored);
    const std::array<double, 4> parameters = {k[0], k[4], k[2], k[5]};
    const auto lens = make_lens(int(LensModel::pinhole), size.width, size.height, parameters, matrix_file.string());
    const auto depth = folder / (frame + ".depth.png");
    model.photos.push_back({.name = photo.filename().string(),
                            .file = photo,
                            .lens = lens_index(model, lens),
                            .world_to_camera = pose_from_camera_to_world(
                                {m[0], m[1], m[2], m[3], m[4], m[5], m[6], m[7], m[8], m[9], m[10], m[11]},
                                CameraAxes::opencv, pose_file.string()),
                            .depth = path_exists(depth) ? depth : std::filesystem::path()});
  }
  return model;
}

}  // namespace retort::field
