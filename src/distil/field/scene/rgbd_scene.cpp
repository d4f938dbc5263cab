// RGB-D sequences: photos, depth as grey PNG of 16 bits, and a 4x4 pose each (camera to world, metres, axes right,
// down, forward), with one intrinsics file. Two layouts, in the scene's folder or in data/ below it:
// - 7-Scenes: camera-intrinsics.txt beside frame-NNNNNN.color.jpg (or .png), .depth.png and .pose.txt;
// - folders: rgb/ (or color/), depth/ and pose/ with files of the same stems, and intrinsics.txt, camera-intrinsics.txt
// or
//   intrinsic/intrinsic_color.txt (as ScanNet is exported).
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

constexpr const char* seven_scenes_intrinsics = "camera-intrinsics.txt";
constexpr std::string_view pose_ending = ".pose.txt";
constexpr uint64_t max_matrix_bytes = 1 << 16;
constexpr int rgbd_held_out_every = 5;

struct RgbdFrame {
  std::filesystem::path pose, depth;
  std::filesystem::path photo_stem;  // without .jpg or .png
};

struct RgbdLayout {
  std::filesystem::path intrinsics = {};    // empty: not this layout
  std::filesystem::path photo_folder = {};  // empty: photos lie among other files
  std::vector<RgbdFrame> frames = {};       // sorted by pose file
};

template <class Wanted>
std::vector<std::filesystem::path> sorted_files(const std::filesystem::path& folder, Wanted wanted) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (wanted(entry.path())) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::filesystem::path first_there(const std::filesystem::path& folder, std::initializer_list<const char*> names) {
  for (const char* name : names) {
    if (path_exists(folder / name)) return folder / name;
  }
  return {};
}

RgbdLayout seven_scenes_layout(const std::filesystem::path& folder) {
  RgbdLayout layout{.intrinsics = first_there(folder, {seven_scenes_intrinsics})};
  if (layout.intrinsics.empty()) return layout;
  const auto is_pose = [](const auto& path) { return path.filename().string().ends_with(pose_ending); };
  for (const auto& pose : sorted_files(folder, is_pose)) {
    const auto name = pose.filename().string();
    const auto frame = name.substr(0, name.size() - pose_ending.size());
    layout.frames.push_back({pose, folder / (frame + ".depth.png"), folder / (frame + ".color")});
  }
  return layout;
}

RgbdLayout folders_layout(const std::filesystem::path& folder) {
  RgbdLayout layout{.photo_folder = first_there(folder, {"rgb", "color"})};
  const auto poses = first_there(folder, {"pose"});
  if (layout.photo_folder.empty() || !is_folder(poses)) return layout;
  layout.intrinsics = first_there(folder, {"intrinsics.txt", seven_scenes_intrinsics, "intrinsic/intrinsic_color.txt"});
  for (const auto& pose : sorted_files(poses, [](const auto& path) { return path.extension() == ".txt"; })) {
    const auto stem = pose.stem().string();
    layout.frames.push_back({pose, folder / "depth" / (stem + ".png"), layout.photo_folder / stem});
  }
  return layout;
}

RgbdLayout find_layout(const std::filesystem::path& scene) {
  for (const auto& folder : {scene, scene / "data"}) {
    for (const auto make : {folders_layout, seven_scenes_layout}) {
      auto layout = make(folder);
      if (!layout.intrinsics.empty()) return layout;
    }
  }
  return {};
}

// Focal lengths and principal point of a 3x3 or 4x4 matrix.
std::array<double, 4> rgbd_intrinsics(const std::filesystem::path& file) {
  const auto text = io::read_whole_file(file, max_matrix_bytes);
  const auto words = split(std::string(trim(text)), '\n');
  const bool wide = words.size() == 4;
  const auto k = decode_matrix_text(text, wide ? 16 : 9, file.string());
  return wide ? std::array{k[0], k[5], k[2], k[6]} : std::array{k[0], k[4], k[2], k[5]};
}

// Trackers write infinities for frames that they lost.
bool says_lost(const std::string& pose) {
  return pose.find("inf") != std::string::npos || pose.find("nan") != std::string::npos;
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

bool detect_rgbd_scene(const std::filesystem::path& folder) { return !find_layout(folder).intrinsics.empty(); }

SceneModel read_rgbd_scene(const SceneOptions& options) {
  const auto layout = find_layout(options.path);
  if (layout.intrinsics.empty()) {
    user_error("{}: neither {} with frame-*.pose.txt nor rgb/ and pose/ with intrinsics.txt", options.path,
               seven_scenes_intrinsics);
  }
  const auto intrinsics = rgbd_intrinsics(layout.intrinsics);
  SceneModel model{
      .source = "the sequence", .photo_folder = layout.photo_folder, .held_out_every = rgbd_held_out_every};
  size_t lost = 0;
  for (const auto& frame : layout.frames) {
    const auto pose = io::read_whole_file(frame.pose, max_matrix_bytes);
    if (says_lost(pose)) {
      ++lost;
      continue;
    }
    std::filesystem::path photo;
    for (const char* ending : {".jpg", ".png", ".jpeg"}) {
      if (photo.empty() && path_exists(frame.photo_stem.string() + ending)) photo = frame.photo_stem.string() + ending;
    }
    if (photo.empty()) {
      user_error("{}: the pose has no photo {}.jpg (or .png)", frame.pose.string(), frame.photo_stem.string());
    }
    const auto m = decode_matrix_text(pose, 16, frame.pose.string());
    const auto size = io::image_size(photo, io::Orientation::as_stored);
    const auto lens =
        make_lens(int(LensModel::pinhole), size.width, size.height, intrinsics, layout.intrinsics.string());
    model.photos.push_back({.name = photo.filename().string(),
                            .file = photo,
                            .lens = lens_index(model, lens),
                            .world_to_camera = pose_from_camera_to_world(
                                {m[0], m[1], m[2], m[3], m[4], m[5], m[6], m[7], m[8], m[9], m[10], m[11]},
                                CameraAxes::opencv, frame.pose.string()),
                            .depth = path_exists(frame.depth) ? frame.depth : std::filesystem::path()});
  }
  if (lost > 0) add_note(model, fmt::format("{} frames whose poses are lost (inf or nan) are left out", lost));
  return model;
}

}  // namespace retort::field
