// Between fields and the file formats of splats.
#pragma once

#include "distil/field/gaussians/gaussian_field.h"
#include "distil/field/splat_files/splat_cloud.h"

namespace retort::field {

/// A field of a cloud's splats: no decoder, no basis, black background, SH of the cloud's degree active.
GaussianField field_from(const SplatCloud& cloud);

/// The splats of a field, with SH of its active degree. Features as the splats carry them, before any decoder.
SplatCloud cloud_of(const GaussianField& field, bool with_features = true);

}  // namespace retort::field
