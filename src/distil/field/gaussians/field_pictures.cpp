#include "distil/field/gaussians/field_pictures.h"

namespace retort::field {

FieldPictures::FieldPictures(const GaussianField& field, ThreadPool& pool, Isa isa)
    : field_(field), renderer_(field, pool, isa) {}

io::Image FieldPictures::strip(const Camera& camera, const io::Image* photo) {
  renderer_.look(camera);
  const auto view = renderer_.view();
  std::vector<io::Image> pictures;
  if (photo != nullptr) pictures.push_back(*photo);
  pictures.push_back(colour_picture(view.colour));
  pictures.push_back(depth_picture(view.depth, view.transmittance));
  if (field_.feature_dim() > 0) {
    const auto map = renderer_.feature_map();
    if (!colours_) colours_ = fit_feature_colours({map});
    pictures.push_back(feature_picture(map, *colours_));
  }
  return side_by_side(pictures);
}

}  // namespace retort::field
