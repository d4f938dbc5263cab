// What a feature field has to beat: maps of held-out views guessed without any geometry.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "distil/field/camera/camera.h"

namespace retort::field {

class TeacherMaps;
struct Scene;

/// Index of the camera nearest to `camera`: smallest distance of the centres, in units of the candidates' mean distance
/// from their common centre, plus angle between the viewing directions in radians. Ties go to the first. Fault when
/// there are no candidates.
int nearest_camera(const Camera& camera, const std::vector<Camera>& candidates);

/// The stored map of the training view nearest to scene.views[view] (by nearest_camera, among those with a map),
/// resized to the size of the view's own map where they differ (bilinear, aligned corners). [C,h,w] float32.
at::Tensor nearest_view_map(const TeacherMaps& maps, const Scene& scene, int view);

/// The mean feature over all pixels of all training maps, each map counting alike: [C] float32.
at::Tensor mean_feature(const TeacherMaps& maps, const Scene& scene);

/// That feature everywhere, at the size of the view's own map: [C,h,w] float32.
at::Tensor constant_map(const TeacherMaps& maps, const at::Tensor& mean, int view);

}  // namespace retort::field
