// What a field looks like from one camera: photo, colour, depth and features side by side.
#pragma once

#include <optional>

#include "distil/field/gaussians/field_renderer.h"
#include "distil/field/gaussians/pictures.h"

namespace retort::field {

class FieldPictures {
 public:
  /// Field and pool must outlive it.
  FieldPictures(const GaussianField& field, ThreadPool& pool, Isa isa);

  /// [photo |] colour | depth [| features]. The feature colours are fitted on the first view shown and kept.
  io::Image strip(const Camera& camera, const io::Image* photo);

 private:
  const GaussianField& field_;
  FieldRenderer renderer_;
  std::optional<FeatureColours> colours_;
};

}  // namespace retort::field
