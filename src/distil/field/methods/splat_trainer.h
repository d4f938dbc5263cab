// One iteration of Gaussian splatting with or without features, in the authors' order (Feature 3DGS, train.py).
#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>

#include "core/random.h"
#include "core/thread_pool.h"
#include "distil/field/methods/exposure.h"
#include "distil/field/methods/feature_3dgs_options.h"
#include "distil/field/methods/feature_loss.h"
#include "distil/field/scene/image_cache.h"
#include "distil/field/splat/cpu/renderer.h"
#include "distil/field/splat/density_control.h"
#include "distil/field/splat/parameters.h"
#include "losses/l1_ssim.h"

namespace retort::field {

/// What one step measured, before its update.
struct StepTerms {
  losses::PhotometricTerms photometric;
  double mean_squared_error = 0;  ///< of the colours, PSNR = -10 log10; 0 on steps that are not logged (log_every)
  double feature_l1 = 0;
  bool with_features = false;
};

struct SplatTrainerOptions {
  TrainOptions train;
  int64_t sh_degree = 3;
  int64_t photos = 0;  ///< of the scene; with train.exposure=affine each has a colour transform
  double extent = 1;   ///< of the scene, in world units
  std::array<double, 3> background = {0, 0, 0};
  Isa isa = Isa::automatic;
};

/// One splat a point of the cloud, see splat::initialise_splats; `feature_dim` channels of zeros each. For
/// GrowthStrategy::mcmc opacities and scales begin as TrainOptions::mcmc says.
splat::SplatParameters initial_splats(const PointCloud& points, int64_t feature_dim, bool morton_order,
                                      ThreadPool& pool, const TrainOptions& train = {});

class SplatTrainer {
 public:
  /// The pool must outlive the trainer. `random` seeds the positions of split copies.
  SplatTrainer(splat::SplatParameters parameters, const SplatTrainerOptions& options, RandomTree random,
               ThreadPool& pool);

  /// One iteration on one view. `features` and `target` come together or are null (RGB only). `photo` says whose
  /// exposure it is, below SplatTrainerOptions::photos; it matters only where exposures are learned.
  StepTerms step(const Camera& camera, const ViewImage& image, FeatureLoss* features, const TeacherTarget* target,
                 int64_t photo = 0);

  int64_t steps_done() const { return steps_done_; }
  /// Active degree after the steps done: one more every sh_degree_every steps.
  int64_t active_sh_degree() const { return degree_at(steps_done_); }
  const splat::SplatParameters& parameters() const { return parameters_; }
  /// Null unless train.exposure=affine.
  const Exposures* exposures() const { return exposures_ ? &*exposures_ : nullptr; }

  /// Parameters, moments, accumulators, step: all that resuming needs.
  void save(std::map<std::string, at::Tensor>& tensors) const;
  void load(const std::map<std::string, at::Tensor>& tensors, const std::string& source);

 private:
  /// Which parameters sit out the update because their tensors were replaced in this very iteration.
  enum class Replaced { none, opacity, all };

  int64_t degree_at(int64_t iteration) const;
  void allocate_gradients();
  double photometric_step(const ViewImage& image, const Camera& camera, int64_t photo, losses::PhotometricTerms& terms);
  void backward(FeatureLoss* features);
  Replaced control_density(int64_t iteration);
  Replaced control_chain(int64_t iteration);
  double position_rate(int64_t iteration) const;
  double exposure_rate(int64_t iteration) const;
  void update(int64_t iteration, Replaced replaced);

  SplatTrainerOptions options_;
  RandomTree random_;
  ThreadPool& pool_;
  splat::SplatParameters parameters_, gradients_;
  at::Tensor screenspace_gradient_;  ///< [P,2]
  train::AdamState adam_;
  splat::DensityController density_;
  splat::Renderer renderer_;
  losses::PhotometricLoss photometric_;
  std::optional<Exposures> exposures_;
  at::Tensor colour_, colour_gradient_;  ///< [3,H,W]
  int64_t steps_done_ = 0;
};

}  // namespace retort::field
