// Held against the truth of the synthetic scene: does fusing many noisy views beat each of them, and do queries find
// the solids in 3-D?
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>

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

/// How well asking for a class selects its splats: intersection over union with the splats whose nearest surface is
/// that solid's, mean over the solids (higher is better). Every splat counts as one, however faint.
struct SelectionScore {
  double threshold = 0;        ///< of the soft rule, see selection_threshold()
  double extraction_hard = 0;  ///< the largest probability decides (selection_score without a threshold)
  double extraction_soft = 0;  ///< probability >= threshold
  double deletion_hybrid = 0;  ///< either of the two (selection_score_delete)
};

/// Half-way between the probability of a feature that says nothing (1 / classes) and that of one which lies exactly in
/// its class's direction while all others are orthogonal (e / (e + classes - 1)): softmax of cosines, no temperature.
double selection_threshold(int64_t classes);

SelectionScore score_selection(const GaussianField& field, const SyntheticScene& scene);

struct TruthScore {
  LabelScore labels;
  SelectionScore selection;
};

/// Both, for a field with features whose scene folder holds a synthetic scene; nothing otherwise. The truth is made
/// anew from the folder's synthetic.yaml; UserError when `scene` is no longer what that file says.
std::optional<TruthScore> score_truth(const GaussianField& field, const Scene& scene, splat::MapFilter filter,
                                      ThreadPool& pool);

nlohmann::ordered_json to_json(const TruthScore& score);

}  // namespace retort::field
