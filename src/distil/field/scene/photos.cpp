#include "distil/field/scene/photos.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <set>

#include "core/errors.h"
#include "distil/field/scene/paths.h"

namespace retort::field {
namespace {

// Whether a photo of this size can be the camera's image, made smaller or larger with sides rounded either way.
bool fits_camera(io::ImageSize photo, const Lens& lens) {
  const double by_width = double(photo.width) * lens.height / lens.width;
  const double by_height = double(photo.height) * lens.width / lens.height;
  return std::abs(by_width - photo.height) <= 1 || std::abs(by_height - photo.width) <= 1;
}

}  // namespace

bool is_photo_name(const std::filesystem::path& path) {
  std::string ending = path.extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(), [](unsigned char c) { return char(std::tolower(c)); });
  return ending == ".jpg" || ending == ".jpeg" || ending == ".png";
}

io::Orientation photo_orientation(const std::filesystem::path& photo, const Lens& lens) {
  const auto stored = io::image_size(photo, io::Orientation::as_stored);
  if (fits_camera(stored, lens)) return io::Orientation::as_stored;
  if (fits_camera(io::image_size(photo, io::Orientation::as_tagged), lens)) return io::Orientation::as_tagged;
  user_error(
      "{}: the photo has {}x{} pixels, its camera {}x{}: the shapes differ; take the photos that the "
      "poses were made from",
      photo.string(), stored.width, stored.height, lens.width, lens.height);
}

std::vector<io::ImageSize> photo_sizes(const SceneModel& model) {
  if (!model.photo_folder.empty() && !is_folder(model.photo_folder)) {
    user_error("{}: no such folder; put the photos there or name theirs with scene.images=FOLDER",
               model.photo_folder.string());
  }
  const auto absent = [&](const PosedPhoto& photo) { return !path_exists(photo.file); };
  const auto first = std::find_if(model.photos.begin(), model.photos.end(), absent);
  if (first != model.photos.end()) {
    const auto count = std::count_if(first, model.photos.end(), absent);
    user_error("{}: listed in {} but absent ({} of {} photos are); copy it there, or take it out of the model",
               first->file.string(), model.source, count, model.photos.size());
  }
  std::vector<io::ImageSize> sizes;
  for (const auto& photo : model.photos) {
    sizes.push_back(io::image_size(photo.file, photo_orientation(photo.file, model.lenses[size_t(photo.lens)])));
  }
  return sizes;
}

std::filesystem::path reduced_photos(const SceneModel& model, const std::vector<io::ImageSize>& sizes, int divisor) {
  if (model.photo_folder.empty()) return {};
  const std::filesystem::path folder = model.photo_folder.string() + "_" + std::to_string(divisor);
  for (size_t i = 0; i < model.photos.size(); ++i) {
    const auto photo = folder / model.photos[i].name;
    if (!path_exists(photo)) return {};
    const auto stored = io::image_size(photo, io::Orientation::as_stored);
    const bool near = std::abs(stored.width - double(sizes[i].width) / divisor) <= 1 &&
                      std::abs(stored.height - double(sizes[i].height) / divisor) <= 1;
    if (!near) return {};
  }
  return folder;
}

int count_unregistered(const SceneModel& model) {
  if (model.photo_folder.empty()) return 0;
  std::set<std::filesystem::path> registered;
  for (const auto& photo : model.photos) registered.insert(photo.file.lexically_normal());
  int count = 0;
  std::error_code ended;
  const auto options = std::filesystem::directory_options::skip_permission_denied;
  for (std::filesystem::recursive_directory_iterator entry(model.photo_folder, options, ended), end;
       !ended && entry != end; entry.increment(ended)) {
    if (is_photo_name(entry->path()) && !registered.contains(entry->path().lexically_normal())) ++count;
  }
  return count;
}

std::filesystem::path find_mask(const std::filesystem::path& scene_folder, const View& view) {
  for (const auto& name : {view.stem() + ".png", view.name + ".png"}) {
    const auto path = scene_folder / "masks" / name;
    if (path_exists(path)) return path;
  }
  return {};
}

}  // namespace retort::field
