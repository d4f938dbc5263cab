// What the field verbs share: finding a trained field and the scene it belongs to.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "distil/field/gaussians/gaussian_field.h"
#include "distil/field/methods/feature_3dgs_options.h"
#include "distil/field/scene/scene.h"
#include "distil/field/teachers/vocabulary.h"

namespace retort::cli {

struct OpenField {
  field::GaussianField field;
  std::filesystem::path file;    ///< that was read
  std::filesystem::path folder;  ///< the run's, or the one of the file
  /// What the run was made with; absent when a lone file was named.
  std::optional<field::Feature3dgsOptions> options;
};

/// `place` is a run folder, a field.safetensors or a file of splats (`list formats`). UserError when there is no field
/// (yet).
OpenField open_field(const std::string& place);

/// The scene of the run, or another one given by --scene (then at the run's resolution). UserError when neither is
/// known.
field::Scene open_scene(const OpenField& open, const std::string& other_scene);

/// Words for queries: --vocabulary, else what the run's teacher has; nothing when there is none.
std::optional<field::Vocabulary> open_vocabulary(const OpenField& open, const std::string& named);

/// Indices of the views that "train", "test", "all" or a view's name stands for. UserError with the nearest name.
std::vector<int> chosen_views(const field::Scene& scene, const std::string& choice);

}  // namespace retort::cli
