// Which views train and which are held out.
#pragma once

#include "distil/field/scene/scene.h"

namespace retort::field {

/// Fills scene.train and scene.test. UserError when fewer than two views are left for training, or test_views.txt names
/// something that is no view.
void split_views(Scene& scene, SplitRule rule);

}  // namespace retort::field
