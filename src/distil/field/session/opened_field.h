// What a session needs of a field that was opened: the field, and what lies round it.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "distil/field/gaussians/gaussian_field.h"
#include "distil/field/scene/scene.h"
#include "distil/field/teachers/vocabulary.h"

namespace retort::field {

struct OpenedField {
  std::string name;  ///< in addresses and titles
  GaussianField field;
  std::filesystem::path folder;     ///< where selections and downloads are written
  bool is_run = false;              ///< the folder is a run's
  bool live = false;                ///< the run is being trained now
  std::optional<Scene> scene = {};  ///< its views; none for a lone file of splats
  std::optional<Vocabulary> vocabulary = {};
  std::string why_no_words = {};  ///< for people, where there is no vocabulary or the field has no features
};

}  // namespace retort::field
