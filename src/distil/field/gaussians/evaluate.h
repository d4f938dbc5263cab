// How well a field shows what it was trained on, and how faithfully it holds its teacher.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/context.h"
#include "distil/field/gaussians/gaussian_field.h"
#include "distil/field/gaussians/lpips_evaluation.h"
#include "distil/field/scene/image_cache.h"
#include "distil/field/scene/scene.h"
#include "distil/field/splat/cpu/renderer.h"
#include "distil/field/teachers/feature_map.h"

namespace retort::field {

/// Scores after the colours were brought as near to the photo's as one affine map can (metrics::fit_colours): what is
/// left when exposure and white balance of a photo that was never trained on don't count.
struct FittedScore {
  double psnr = 0, ssim = 0;
};

struct ViewScore {
  std::string view;
  double psnr = 0;                   ///< dB on 8-bit pictures (higher is better)
  double ssim = 0;                   ///< in [-1, 1] (higher is better)
  std::optional<double> lpips = {};  ///< of the whole picture (lower is better)
  std::optional<FittedScore> fitted = {};
  bool masked = false;  ///< PSNR and SSIM over the pixels that the view's mask counts
};

/// Agreement of feature maps with the teacher's own maps of held-out views (all higher is better), over the pixels of
/// which a view's mask counts at least half.
struct FeatureFidelity {
  double cosine = 0;    ///< mean over pixels, in the teacher's own channels
  double accuracy = 0;  ///< share of equal pseudo-labels
  double mean_iou = 0;  ///< of pseudo-labels, mean over views
};

struct Evaluation {
  std::vector<ViewScore> views;
  double mean_psnr = 0, mean_ssim = 0;
  std::optional<double> mean_lpips = {};
  std::optional<FittedScore> mean_fitted = {};
  std::optional<metrics::LpipsOptions> lpips = {};  ///< what mean_lpips was measured with
  bool masked = false;                              ///< of some view
  /// With teacher maps on held-out views: the field, and two guesses without geometry to hold it against.
  std::optional<FeatureFidelity> field, constant_map, nearest_view;
};

/// Pseudo-labels: nearest of k centres of k-means on the unit-length features of the training maps.
constexpr int64_t pseudo_label_classes = 16;

struct EvaluationInputs {
  const GaussianField& field;
  const Scene& scene;
  ImageSource& images;
  TeacherMaps* maps = nullptr;          ///< null: no fidelity
  const LpipsNetwork* lpips = nullptr;  ///< null: no LPIPS
  bool fit_colours = false;             ///< FittedScore as well; all other scores stay as they are
  Isa isa = Isa::automatic;
};

/// Renders every view of `views` (indices into scene.views) and scores it; with maps also the fidelity over those of
/// the views that have one. Features are resized by `filter`, as in training.
Evaluation evaluate_field(const EvaluationInputs& inputs, const std::vector<int>& views, splat::MapFilter filter,
                          Context& context);

nlohmann::ordered_json to_json(const Evaluation& evaluation);
/// A table for people.
std::string to_text(const Evaluation& evaluation);

}  // namespace retort::field
