#include "distil/field/scene/scene.h"

#include "core/errors.h"
#include "distil/field/scene/paths.h"
#include "distil/field/scene/photos.h"
#include "distil/field/scene/split.h"

namespace retort::field {
namespace {

std::filesystem::path model_folder(const std::filesystem::path& scene_folder) {
  if (!is_folder(scene_folder)) {
    user_error("{}: no such folder; scene.path must name one with photos and a COLMAP model", scene_folder.string());
  }
  for (const char* name : {"sparse/0", "sparse"}) {
    const auto folder = scene_folder / name;
    if (path_exists(folder / "images.bin") || path_exists(folder / "images.txt")) return folder;
  }
  user_error(
      "{}: no COLMAP model (sparse/0/images.bin or .txt); run COLMAP on the photos first, for example `colmap "
      "automatic_reconstructor`",
      scene_folder.string());
}

// The photo's lens at the size of its file, and the ideal pinhole at the training size.
void set_cameras(View& view, const Lens& model_lens, const Matrix4& pose, io::ImageSize photo, PixelSize training,
                 const CameraOptions& options) {
  view.lens = resized(model_lens, photo.width, photo.height);
  view.camera = resized(ideal_pinhole(view.lens, pose), training.width, training.height);
  if (options.centre_principal_point) {
    view.camera.cx = view.camera.width / 2.0;
    view.camera.cy = view.camera.height / 2.0;
  }
}

std::vector<View> make_views(const SceneOptions& options, const CameraOptions& camera_options, const ColmapModel& model,
                             const PhotoFolder& full) {
  const int divisor = resolution_divisor(options.resolution);
  const auto reduced = divisor ? reduced_photos(full, model, divisor) : std::filesystem::path();
  std::vector<View> views;
  for (size_t i = 0; i < model.images.size(); ++i) {
    const auto& image = model.images[i];
    const auto& lens = model.cameras.at(image.camera);
    View view;
    view.name = image.name;
    view.image = (reduced.empty() ? full.folder : reduced) / image.name;
    io::ImageSize photo = full.sizes[i];
    PixelSize training = training_size(options.resolution, {photo.width, photo.height});
    if (!reduced.empty()) {
      photo = io::image_size(view.image, io::Orientation::as_stored);
      training = {photo.width, photo.height};
    }
    set_cameras(view, lens, image.world_to_camera, photo, training, camera_options);
    view.mask = find_mask(options.path, view);
    view.exposure_group = int(std::distance(model.cameras.begin(), model.cameras.find(image.camera)));
    views.push_back(std::move(view));
  }
  return views;
}

}  // namespace

std::string View::stem() const { return std::filesystem::path(name).replace_extension().string(); }

Scene load_scene(const SceneOptions& options, const CameraOptions& camera) {
  Scene scene;
  scene.folder = options.path;
  const auto folder = model_folder(scene.folder);
  ColmapModel model = read_colmap(folder);
  if (model.images.size() < 2) {
    user_error("{}: {} image(s) in the COLMAP model; at least 2 training views are needed: register more photos",
               folder.string(), model.images.size());
  }
  if (model.points.size() == 0) {
    user_error("{}: the COLMAP model has no points; a field starts from them: run `colmap point_triangulator`",
               folder.string());
  }
  const auto photos = find_photos(scene.folder / options.images, model);
  scene.views = make_views(options, camera, model, photos);
  scene.unregistered_photos = count_unregistered(photos, model);
  scene.points = std::move(model.points);
  scene.background = colour_of(options.background);
  split_views(scene, options.split);
  std::vector<Vector3> centres;
  for (const int index : scene.train) centres.push_back(scene.views[size_t(index)].camera.centre());
  scene.extent = scene_extent(centres);
  return scene;
}

}  // namespace retort::field
