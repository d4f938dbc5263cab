#include "distil/field/teachers/feature_map.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "core/errors.h"
#include "core/text.h"
#include "distil/field/scene/scene.h"

namespace retort::field {

namespace {
constexpr std::array<const char*, 4> usual_map_folders = {"rgb_feature_langseg", "sam_embeddings", "teacher_deeplab_v3",
                                                          "teacher_mobilenet_v2"};

/// Whether h x w covers a photo H x W to within a pixel of the map along its shorter side. Maps may be read as cells
/// (w = h W / H) or as samples with aligned corners (w - 1 = (h - 1)(W - 1) / (H - 1)); either will do.
bool same_aspect(const MapShape& map, int photo_width, int photo_height) {
  const bool is_portrait = photo_height > photo_width;
  const double map_long = static_cast<double>(is_portrait ? map.height : map.width);
  const double map_short = static_cast<double>(is_portrait ? map.width : map.height);
  const double aspect = static_cast<double>(std::min(photo_width, photo_height)) / std::max(photo_width, photo_height);
  return std::abs(map_short - map_long * aspect) <= 1 || std::abs(map_short - 1 - (map_long - 1) * aspect) <= 1;
}

void require_maps(const std::vector<std::string>& missing, const std::filesystem::path& folder, size_t training) {
  if (missing.empty()) return;
  const std::vector<std::string> named(missing.begin(), missing.begin() + std::min<size_t>(3, missing.size()));
  user_error(
      "{}: {} of {} training views have no teacher map: {}{}; each needs <view>_fmap_CxHxW.pt, .npy or .safetensors "
      "('retort teach' makes them)",
      folder.string(), missing.size(), training, join(named, ", "), missing.size() > named.size() ? ", ..." : "");
}
}  // namespace

std::optional<std::filesystem::path> find_teacher_folder(const std::filesystem::path& scene_folder,
                                                         const std::string& files) {
  if (files == "none") return std::nullopt;
  std::error_code ignored;
  if (files != "auto") {
    const auto folder = scene_folder / files;
    if (!std::filesystem::is_directory(folder, ignored))
      user_error("{}: no such folder of teacher maps; name one that is there, or 'auto' or 'none'", folder.string());
    return folder;
  }
  for (const char* name : usual_map_folders)
    if (std::filesystem::is_directory(scene_folder / name, ignored)) return scene_folder / name;
  return std::nullopt;
}

std::vector<MappedView> mapped_views(const Scene& scene) {
  std::vector<MappedView> views;
  for (const auto& view : scene.views) {
    // The photo as it lies on the disk: a resolution of WxH may stretch the camera's. Views in memory have no lens.
    const bool has_photo = view.lens.width > 0;
    views.push_back({view.stem(), has_photo ? view.lens.width : view.camera.width,
                     has_photo ? view.lens.height : view.camera.height, false});
  }
  for (const int view : scene.train) views.at(view).training = true;
  return views;
}

TeacherMaps::TeacherMaps(const std::filesystem::path& folder, std::vector<MappedView> views,
                         const TeacherMapsOptions& options)
    : folder_(folder), source_(open_map_source(folder)) {
  open_maps(views, options.any_aspect);
  if (options.reduce_to > 0) fit_basis(views, options.reduce_to);
  const auto load = [this](int64_t view) {
    const auto stored = read_stored(view);
    return (basis_ ? basis_->reduce_map(stored) : stored).permute({1, 2, 0}).contiguous();
  };
  cache_ = std::make_unique<MapCache>(load, options.cache_bytes);
}

TeacherMaps::~TeacherMaps() = default;

void TeacherMaps::open_maps(const std::vector<MappedView>& views, bool any_aspect) {
  std::vector<std::string> missing;
  size_t training = 0;
  for (const auto& view : views) {
    training += view.training;
    if (view.training && !source_->has(view.stem)) missing.push_back(view.stem);
  }
  require_maps(missing, folder_, training);
  const MappedView* first = nullptr;
  for (const auto& view : views) {
    stems_.push_back(view.stem);
    shapes_.emplace_back();
    if (!source_->has(view.stem)) continue;
    const auto shape = shapes_.back() = source_->shape(view.stem);
    if (!first) {
      first = &view;
      channels_ = shape.channels;
    }
    if (shape.channels != channels_)
      user_error("{}: has {} channels, but that of view '{}' has {}; all maps of a scene come from one teacher",
                 source_->name_of(view.stem), shape.channels, first->stem, channels_);
    if (!any_aspect && !same_aspect(shape, view.width, view.height))
      user_error(
          "{}: the map is {}x{} (width x height), its photo {}x{}: another aspect; crop the map to the photo, or "
          "set teacher.any_aspect=true if the teacher saw the photo stretched",
          source_->name_of(view.stem), shape.width, shape.height, view.width, view.height);
  }
  if (!first) user_error("{}: holds no teacher map of this scene's views", folder_.string());
}

void TeacherMaps::fit_basis(const std::vector<MappedView>& views, int64_t reduce_to) {
  if (reduce_to > channels_)
    user_error("{}: the maps have {} channels, reduce_to wants {}; 0 keeps them all", folder_.string(), channels_,
               reduce_to);
  std::vector<int64_t> training;
  for (size_t view = 0; view < views.size(); ++view)
    if (views[view].training) training.push_back(static_cast<int64_t>(view));
  basis_ = sampled_basis(training, channels_, reduce_to, folder_.string(),
                         [this](int64_t view) { return read_stored(view); });
}

int64_t TeacherMaps::channels() const { return basis_ ? basis_->reduced_channels() : channels_; }

MapShape TeacherMaps::shape(int64_t view) const {
  RT_CHECK(has(view), "view {} has no teacher map", view);
  auto shape = shapes_[view];
  shape.channels = channels();
  return shape;
}

int64_t TeacherMaps::total_bytes() const {
  int64_t pixels = 0;
  for (const auto& shape : shapes_) pixels += shape.height * shape.width;
  return pixels * channels() * 2;
}

at::Tensor TeacherMaps::get(int64_t view) {
  RT_CHECK(has(view), "view {} has no teacher map", view);
  return cache_->get(view);
}

void TeacherMaps::prefetch(int64_t view) {
  if (has(view)) cache_->prefetch(view);
}

at::Tensor TeacherMaps::read_stored(int64_t view) const {
  RT_CHECK(has(view), "view {} has no teacher map", view);
  auto map = source_->read(stems_[view]);
  const auto& shape = shapes_[view];
  // The file may have been replaced since it was checked.
  if (!map.sizes().equals({shape.channels, shape.height, shape.width}))
    user_error("{}: the map has become {} while the run goes on", source_->name_of(stems_[view]),
               io::shape_text(map.sizes().vec()));
  return map;
}

}  // namespace retort::field
