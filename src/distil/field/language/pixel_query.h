// Queries by example pixels, and label maps of views.
#pragma once

#include <ATen/core/Tensor.h>

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "distil/field/gaussians/field_renderer.h"
#include "distil/field/language/query.h"
#include "io/image.h"

namespace retort::field {

/// Mean of the unit features of a map [H,W,C] inside a region [H,W] bool, scaled to length 1: [C]. Pixels without a
/// feature do not count. UserError for a region that holds none.
at::Tensor pixel_direction(const at::Tensor& feature_map, const at::Tensor& region);

/// A pixel of a label map where the field shows nothing.
inline constexpr int64_t no_label = -1;

/// Per pixel of a view the nearest direction [K,C] by cosine: [H,W] int64, no_label where the rendered feature is 0.
/// The renderer looks at `camera` afterwards. UserError for a field without features.
at::Tensor label_map(FieldRenderer& renderer, const Camera& camera, const at::Tensor& directions);

/// One colour a label, far apart for labels that follow each other; no_label is black.
io::Image label_picture(const at::Tensor& labels);

/// {"labels": [{"label", "name", "colour": [r,g,b], "pixels"}...], "unlabelled_pixels"}: labels that occur, the most
/// frequent first.
nlohmann::ordered_json label_legend(const at::Tensor& labels, const std::vector<std::string>& names);

}  // namespace retort::field
