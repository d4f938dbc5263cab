// What compressing a field does to the maps it renders.
#pragma once

#include <vector>

#include "core/isa.h"
#include "core/thread_pool.h"
#include "distil/field/camera/camera.h"
#include "distil/field/gaussians/gaussian_field.h"
#include "metrics/vector_codes.h"

namespace retort::field {

/// Longest side of the maps that are compared; a teacher's are smaller as a rule.
constexpr int rendered_error_side = 128;

/// How far the decoded feature maps of a compressed field are from the plain field's, over all pixels of all cameras: a
/// view is rendered at its size and averaged down to rendered_error_side. Splats that hardly show hardly count, and
/// errors that differ from splat to splat average out along a ray. `compressed` is what compress_field() made of
/// `plain`.
metrics::CodingError rendered_error(const GaussianField& plain, const GaussianField& compressed,
                                    const std::vector<Camera>& cameras, ThreadPool& pool, Isa isa = Isa::automatic);

}  // namespace retort::field
