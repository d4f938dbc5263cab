// Held against the truth of the synthetic scene: does fusing many noisy views beat each of them?
#pragma once

#include "core/thread_pool.h"
#include "distil/field/gaussians/gaussian_field.h"
#include "distil/field/scene/synthetic.h"
#include "distil/field/splat/cpu/renderer.h"

namespace retort::field {

/// Share of teacher-map pixels whose nearest class is the true one, mean over the held-out views (higher is better).
struct LabelScore {
  double field = 0;    ///< of the rendered features
  double teacher = 0;  ///< of the noisy teacher map of the very view
};

LabelScore score_labels(const GaussianField& field, const SyntheticScene& scene, splat::MapFilter filter,
                        ThreadPool& pool);

}  // namespace retort::field
