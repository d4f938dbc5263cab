// `retort teach SCENE`: runs a network over every photo of a scene and writes its maps for a field to learn from.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/options.h"
#include "distil/field/scene/scene_options.h"
#include "distil/field/teachers/map_file.h"

namespace retort {
struct Context;
namespace run {
class Job;
}
}  // namespace retort

namespace retort::field {

enum class TeacherNetworkKind { deeplab_v3, mobilenet_v2 };
std::vector<std::string> choices(TeacherNetworkKind);

struct TeachOptions {
  SceneOptions scene;
  TeacherNetworkKind network = TeacherNetworkKind::deeplab_v3;
  std::string weights;  ///< safetensors file, or weights:NAME (weights/store.h)
  std::string output;   ///< "": <scene>/teacher_<network>
  int64_t longest_side = 513;
  MapFormat format = MapFormat::npy;

  void check(Problems& problems) const;
};

inline void fields(OptionVisitor& v, TeachOptions& o) {
  v("scene", o.scene, "the photos to look at; maps are made at full resolution whatever `resolution` says");
  v("network", o.network, "teacher: deeplab_v3 (256 features and 21 class scores) or mobilenet_v2 (448 features)");
  v("weights", o.weights, "the network's weights: a safetensors file, or weights:NAME from the store");
  v("output", o.output, "folder for the maps; empty: teacher_<network> in the scene's folder");
  v("longest_side", o.longest_side, "of the photo as the network sees it; rounded to 16 k + 1",
    {.unit = "pixels", .min = 17, .max = 4097});
  v("format", o.format, "of the map files");
}

/// One view a step. Writes <output>/<stem>_fmap_CxHxW.<format> (features), for deeplab_v3 also <output>/scores/ and
/// <output>/vocabulary/ (class directions), and <output>/teacher.json, which says how the maps were made. Maps that are
/// there already, whole and made alike, are kept. UserError when weights or scene are wrong, or when the folder's maps
/// were made otherwise (names both values).
std::unique_ptr<run::Job> make_teach_job(const TeachOptions& options, Context& context);

}  // namespace retort::field
