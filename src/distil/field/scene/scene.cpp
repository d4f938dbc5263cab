#include "distil/field/scene/scene.h"

#include "core/errors.h"
#include "distil/field/camera/undistortion.h"
#include "distil/field/scene/initial_points.h"
#include "distil/field/scene/photos.h"
#include "distil/field/scene/scene_format.h"
#include "distil/field/scene/split.h"

namespace retort::field {
namespace {

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

std::vector<View> make_views(const SceneOptions& options, const CameraOptions& camera_options,
                             const SceneModel& model) {
  const auto sizes = photo_sizes(model);
  const int divisor = resolution_divisor(options.resolution);
  const auto reduced = divisor ? reduced_photos(model, sizes, divisor) : std::filesystem::path();
  std::vector<View> views;
  for (size_t i = 0; i < model.photos.size(); ++i) {
    const auto& posed = model.photos[i];
    View view;
    view.name = posed.name;
    view.image = reduced.empty() ? posed.file : reduced / posed.name;
    io::ImageSize photo = sizes[i];
    PixelSize training = training_size(options.resolution, {photo.width, photo.height});
    if (!reduced.empty()) {
      photo = io::image_size(view.image, io::Orientation::as_stored);
      training = {photo.width, photo.height};
    }
    set_cameras(view, model.lenses[size_t(posed.lens)], posed.world_to_camera, photo, training, camera_options);
    view.mask = posed.mask.empty() ? find_mask(options.path, view) : posed.mask;
    view.depth = posed.depth;
    view.near = posed.near;
    view.far = posed.far;
    view.time = posed.time;
    view.alpha = options.alpha;
    view.exposure_group = posed.lens;
    views.push_back(std::move(view));
  }
  return views;
}

}  // namespace

std::string View::stem() const { return std::filesystem::path(name).replace_extension().string(); }

Scene load_scene(const SceneOptions& options, const CameraOptions& camera) {
  const auto& format = find_scene_format(options);
  auto model = format.read(options);
  sort_photos(model);
  thin_photos(model, options.every_nth_view, options.max_views);
  if (model.photos.size() < 2) {
    user_error("{}: {} image(s) in {}; at least 2 training views are needed: register more photos", options.path,
               model.photos.size(), model.source);
  }
  Scene scene;
  scene.folder = options.path;
  scene.format = format.name;
  scene.views = make_views(options, camera, model);
  scene.unregistered_photos = count_unregistered(model);
  scene.background = colour_of(options.background);
  split_views(scene, options.split, model.held_out, model.held_out_every);
  std::vector<Vector3> centres;
  for (const int index : scene.train) centres.push_back(scene.views[size_t(index)].camera.centre());
  scene.extent = scene_extent(centres);
  scene.notes = model.notes;
  scene.points = initial_points(options, model, scene);
  return scene;
}

}  // namespace retort::field
