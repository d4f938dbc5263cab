// The few splats that a small place of a picture can show.
#pragma once

#include <cstdint>
#include <vector>

#include "core/thread_pool.h"
#include "distil/field/camera/camera.h"
#include "distil/field/splat/cpu/splat_types.h"

namespace retort::field {

/// Numbers, ascending, of the splats whose discs on the picture come within `radius` pixels of (x, y). Discs are taken
/// no smaller than the renderer's, so that what is left out adds nothing there. Splats behind the camera or with a mean
/// or a scale that is not finite are left out.
std::vector<int64_t> splats_near(const splat::SplatArrays<float>& splats, const Camera& camera, double x, double y,
                                 double radius, ThreadPool& pool);

}  // namespace retort::field
