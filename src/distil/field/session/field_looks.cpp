#include "distil/field/session/field_looks.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <vector>

#include "core/errors.h"
#include "distil/field/gaussians/field_renderer.h"
#include "distil/field/gaussians/pictures.h"
#include "distil/field/language/relevancy.h"
#include "distil/field/scene/image_cache.h"
#include "io/area_resize.h"
#include "io/jpeg.h"

namespace retort::field {

namespace {
constexpr int64_t most_fitted_rows = 1 << 16, rows_at_once = 1 << 14;
constexpr int64_t most_map_values = 1 << 26;
constexpr int photo_quality = 85;

void require_features(const GaussianField& field) {
  if (field.feature_dim() == 0) user_error("this field carries no features: train it with a teacher's maps");
}

// The whole factor by which a decoded map must be smaller.
int map_reduction(const GaussianField& field, const Camera& camera) {
  int factor = 1;
  while (int64_t{camera.width / factor} * (camera.height / factor) * field.decoded_dim() > most_map_values) ++factor;
  return factor;
}

// Cut or repeated at the borders to the exact size.
io::Image grown_picture(const io::Image& small, int factor, const Camera& camera) {
  if (factor == 1) return small;
  return io::area_resize(enlarged(small, factor), camera.width, camera.height);
}
}  // namespace

at::Tensor feature_colours(const GaussianField& field) {
  require_features(field);
  const auto& features = field.splats.features;
  const int64_t stride = std::max<int64_t>(1, field.size() / most_fitted_rows);
  const auto sample = decode_features(field, features.slice(0, 0, field.size(), stride).contiguous());
  const auto colours = fit_feature_colours({sample.unsqueeze(1)});
  auto result = at::empty({field.size(), 3}, at::kByte);
  for (int64_t begin = 0; begin < field.size(); begin += rows_at_once) {
    const auto rows = features.slice(0, begin, std::min(begin + rows_at_once, field.size()));
    const auto picture = feature_picture(decode_features(field, rows).unsqueeze(1), colours);
    std::copy(picture.pixels.begin(), picture.pixels.end(), result.data_ptr<uint8_t>() + 3 * begin);
  }
  return result;
}

io::Image drawn_picture(const GaussianField& field, const Camera& camera, PictureMode mode, const at::Tensor& direction,
                        ThreadPool& pool, Isa isa) {
  FieldRenderer renderer(field, pool, isa);
  if (mode == PictureMode::rgb || mode == PictureMode::depth) {
    renderer.look(camera);
    const auto view = renderer.view();
    return mode == PictureMode::rgb ? colour_picture(view.colour) : depth_picture(view.depth, view.transmittance);
  }
  require_features(field);
  if (mode == PictureMode::relevancy && !direction.defined()) user_error("picture: ask for a word first (query)");
  const int factor = map_reduction(field, camera);
  renderer.look(factor == 1 ? camera
                            : resized(camera, std::max(1, camera.width / factor), std::max(1, camera.height / factor)));
  const auto view = renderer.view();
  const auto map = renderer.feature_map();
  if (mode == PictureMode::feature) {
    return grown_picture(feature_picture(map, fit_feature_colours({map})), factor, camera);
  }
  const auto relevancy = stretched_relevancy(cosine_to(map, direction));
  return grown_picture(relevancy_picture(relevancy, view.colour), factor, camera);
}

std::string photo_jpeg(const Scene& scene, int64_t view, int64_t width) {
  if (view < 0 || view >= static_cast<int64_t>(scene.views.size())) {
    user_error("photo: there are views 0 to {}", static_cast<int64_t>(scene.views.size()) - 1);
  }
  if (width < 1) user_error("photo: width={}: should be 1 or more", width);
  const auto image = load_view_image(scene.views[static_cast<size_t>(view)], scene.background).rgb;
  if (width >= image.width) return io::encode_jpeg(image, photo_quality);
  const auto height = std::max<int64_t>(1, (width * image.height + image.width / 2) / image.width);
  return io::encode_jpeg(io::area_resize(image, static_cast<int>(width), static_cast<int>(height)), photo_quality);
}

}  // namespace retort::field
