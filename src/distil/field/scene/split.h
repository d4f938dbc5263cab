// Which views train and which are held out.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "distil/field/scene/scene.h"

namespace retort::field {

/// Fills scene.train and scene.test. For the automatic rule without test_views.txt, `held_out` names the test views
/// where the scene's format says them, else every `every`-th is held out. UserError when fewer than two views are left
/// for training, or test_views.txt names something that is no view.
void split_views(Scene& scene, SplitRule rule, const std::optional<std::vector<std::string>>& held_out = {},
                 int every = 8);

}  // namespace retort::field
