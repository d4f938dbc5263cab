// A picture in the colours of another one, as far as one affine map over all pixels can bring it there.
#pragma once

#include <ATen/core/Tensor.h>

#include <optional>

namespace retort::metrics {

/// The image A c + b of every pixel's colour c, with A [3,3] and b [3] the least-squares fit to `target`; both [3,H,W]
/// in [0, 1], float32. Only pixels where `mask` [H,W] (bool) holds are fitted to; all are mapped. Directions that the
/// image's colours do not span stay as they are. What a score after such a fit means: how good the picture is, up to
/// exposure and white balance of the photo, which no field can know of a view it never saw.
at::Tensor fit_colours(const at::Tensor& image, const at::Tensor& target, const std::optional<at::Tensor>& mask = {});

}  // namespace retort::metrics
