// How a field looks to people: feature colours of splats, pictures from a camera, photos of its scene.
#pragma once

#include <ATen/core/Tensor.h>

#include "core/isa.h"
#include "core/thread_pool.h"
#include "distil/field/gaussians/gaussian_field.h"
#include "distil/field/scene/scene.h"
#include "distil/field/session/messages/session_messages.h"
#include "io/image.h"

namespace retort::field {

/// The three principal components of the splats' decoded features as colours, uint8 [P,3], as feature pictures show
/// them; fitted on an even sample of the rows. UserError when the field has none.
at::Tensor feature_colours(const GaussianField& field);

/// Drawn by the engine. `direction` [C] (undefined: nothing was asked) is what a relevancy picture is of. Decoded maps
/// of many channels are drawn smaller and enlarged, so that they fit 256 MB. UserError for features or relevancy where
/// there are none.
io::Image drawn_picture(const GaussianField& field, const Camera& camera, PictureMode mode, const at::Tensor& direction,
                        ThreadPool& pool, Isa isa);

/// A view's photo, undistorted as training sees it, at most `width` wide (1 or more), as JPEG. UserError for views that
/// are not there and photos that can't be read.
std::string photo_jpeg(const Scene& scene, int64_t view, int64_t width);

}  // namespace retort::field
