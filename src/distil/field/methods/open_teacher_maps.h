// The maps of a scene as a recipe's `teacher:` names them.
#pragma once

#include <memory>

#include "distil/field/methods/feature_3dgs_options.h"
#include "distil/field/scene/scene.h"
#include "distil/field/teachers/feature_map.h"

namespace retort::field {

/// Null for `teacher.files=none`, and where `auto` finds none. UserError of find_teacher_folder() and TeacherMaps.
std::unique_ptr<TeacherMaps> open_teacher_maps(const Scene& scene, const TeacherOptions& options);

}  // namespace retort::field
