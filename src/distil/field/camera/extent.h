// How large a scene is, judged by where its cameras stand.
#pragma once

#include <span>

#include "distil/field/camera/camera.h"

namespace retort::field {

struct SceneExtent {
  double radius = 0;              ///< 1.1 x the largest distance of a centre from their mean; 0 for one camera
  Vector3 translate = {0, 0, 0};  ///< minus the mean of the centres
};

/// Feature 3DGS, scene/dataset_readers.py getNerfppNorm. Fault when there are no centres.
SceneExtent scene_extent(std::span<const Vector3> centres);

}  // namespace retort::field
