#include "distil/field/methods/open_teacher_maps.h"

namespace retort::field {

std::unique_ptr<TeacherMaps> open_teacher_maps(const Scene& scene, const TeacherOptions& options) {
  const auto folder = find_teacher_folder(scene.folder, options.files);
  if (!folder) return nullptr;
  return std::make_unique<TeacherMaps>(*folder, mapped_views(scene),
                                       TeacherMapsOptions{.reduce_to = options.reduce_to,
                                                          .cache_bytes = options.cache_mb * 1'000'000,
                                                          .any_aspect = options.any_aspect});
}

}  // namespace retort::field
