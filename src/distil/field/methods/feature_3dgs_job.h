// Feature 3DGS (Zhou et al., CVPR 2024) as a job: photos with poses and feature maps in, a Gaussian field out.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "core/context.h"
#include "distil/field/gaussians/evaluate.h"
#include "distil/field/methods/feature_3dgs_options.h"
#include "distil/field/methods/feature_phase.h"
#include "distil/field/methods/resolution_schedule.h"
#include "distil/field/methods/splat_trainer.h"
#include "distil/field/methods/view_order.h"
#include "distil/field/scene/scene.h"
#include "distil/field/teachers/feature_map.h"
#include "run/job.h"

namespace retort::field {

class Feature3dgsJob : public run::Job {
 public:
  /// Loads the scene, opens the maps and builds the first field: whatever is wrong with the input comes out here.
  Feature3dgsJob(const Feature3dgsOptions& options, std::string resolved_recipe, Context& context);

  run::Plan plan() override;
  std::string resolved_recipe() override { return resolved_recipe_; }
  int64_t steps_done() const override {
    return trainer().steps_done() + (feature_phase_ ? feature_phase_->steps_done() : 0);
  }
  bool step(run::Recorder& recorder) override;
  void save(run::StateWriter& writer) const override;
  void load(const run::StateReader& reader) override;
  run::Products finish(const std::filesystem::path& folder, run::Recorder& recorder) override;

  /// The field as it stands; shares its tensors with the trainer.
  GaussianField field() const;

 private:
  SplatTrainer& trainer() const;
  void open_teacher();
  int64_t feature_channels() const;
  bool lifts() const { return maps_ != nullptr && options_.field.features == FeatureWay::lift; }
  void plan_resolutions();
  bool train_step(int64_t iteration, run::Recorder& recorder);
  /// One view at the resolution of the iteration; `target` is null while features are not trained.
  StepTerms train_on(int view, int64_t iteration, const TeacherTarget* target);
  void begin_feature_phase();
  bool feature_step(run::Recorder& recorder);
  void record(const StepTerms& terms, run::Recorder& recorder);
  void evaluate(run::Recorder& recorder);
  /// What every evaluation of this run looks at.
  EvaluationInputs evaluation_inputs(const GaussianField& field) const;
  /// Held-out views, or the training views where none are held out.
  const std::vector<int>& shown_views() const;
  /// A strip of the first shown view, for the report.
  void record_picture(run::Recorder& recorder);
  /// Strips of a few shown views as files, and for the report.
  run::Products write_pictures(const std::filesystem::path& folder, run::Recorder& recorder);

  Feature3dgsOptions options_;
  std::string resolved_recipe_;
  Context& context_;
  RandomTree random_;  ///< of train.seed
  Isa isa_;
  Scene scene_;
  std::unique_ptr<ImageSource> images_;
  std::optional<LpipsNetwork> lpips_;
  std::unique_ptr<TeacherMaps> maps_;  ///< null: RGB only
  std::unique_ptr<FeatureLoss> feature_loss_;
  mutable std::unique_ptr<SplatTrainer> trainer_;  ///< made when first asked for: a plan must not cost its memory
  std::unique_ptr<ViewOrder> order_;
  std::vector<ResolutionLevel> resolutions_;     ///< empty: always the full size
  std::unique_ptr<FeaturePhase> feature_phase_;  ///< once the colours are trained, when features are lifted
};

/// How a rendered map comes to a teacher's size, as the recipe says it.
splat::MapFilter map_filter(FeatureResize resize);

}  // namespace retort::field
