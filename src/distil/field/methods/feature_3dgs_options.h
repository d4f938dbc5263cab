// Everything a Feature 3DGS run can be told; the defaults are the authors' (sheet of the paper's table, code at
// 6c570d6).
#pragma once

#include "core/options.h"
#include "distil/field/gaussians/lpips_evaluation.h"
#include "distil/field/scene/scene_options.h"

namespace retort::field {

/// How a rendered map comes to the size of the teacher's: splat::MapFilter in the recipe's words.
enum class FeatureResize { bilinear, area };
inline std::vector<std::string> choices(FeatureResize) { return {"bilinear", "area"}; }

enum class DecoderKind { none, conv1x1 };
inline std::vector<std::string> choices(DecoderKind) { return {"none", "conv1x1"}; }

/// How splats come to their features: gradient steps beside the colours, or a weighted mean once the geometry stands.
enum class FeatureWay { joint, lift };
inline std::vector<std::string> choices(FeatureWay) { return {"joint", "lift"}; }

/// Which pixels' vectors are averaged: as they are, or scaled to length 1 (and the mean again).
enum class LiftLengths { kept, unit };
inline std::vector<std::string> choices(LiftLengths) { return {"kept", "unit"}; }

enum class GrowthStrategy { standard, mcmc };
inline std::vector<std::string> choices(GrowthStrategy) { return {"default", "mcmc"}; }

enum class ResolutionScheduleKind { none, frequency };
inline std::vector<std::string> choices(ResolutionScheduleKind) { return {"none", "frequency"}; }

/// affine: one colour transform for each training photo, learned beside the field.
enum class ExposureKind { none, affine };
inline std::vector<std::string> choices(ExposureKind) { return {"none", "affine"}; }

enum class FeatureOptimiser { adam, sparse_adam };
inline std::vector<std::string> choices(FeatureOptimiser) { return {"adam", "sparse_adam"}; }

struct TeacherOptions {
  std::string files = "auto";       // folder of maps; auto: the first of the usual folders that exists; none: RGB only
  std::string vocabulary = "auto";  // folder of name -> vector; auto: vocabulary/ beside the maps
  int64_t reduce_to = 0;            // PCA of the teacher's channels; 0 keeps them all
  FeatureResize resize = FeatureResize::bilinear;
  int64_t cache_mb = 512;
  bool any_aspect = false;
};
void fields(OptionVisitor& v, TeacherOptions& o);

struct FieldShapeOptions {
  int64_t feature_dim = 0;  // channels per splat; 0: the teacher's (or a quarter of them with a decoder)
  DecoderKind decoder = DecoderKind::none;
  FeatureWay features = FeatureWay::joint;
  LiftLengths lift_lengths = LiftLengths::kept;
  int64_t sh_degree = 3;
  bool feature_gradient_to_geometry = false;

  void check(Problems& problems) const;
};
void fields(OptionVisitor& v, FieldShapeOptions& o);

struct LearningRateOptions {
  double position_initial = 1.6e-4;  // times the scene's extent
  double position_final = 1.6e-6;
  int64_t position_steps = 30000;
  double sh_dc = 2.5e-3;
  double sh_rest = 1.25e-4;
  double opacity = 0.05;
  double scale = 5e-3;
  double rotation = 1e-3;
  double feature = 1e-3;
  double decoder = 1e-4;
  double exposure_initial = 0.01;
  double exposure_final = 1e-3;
  int64_t exposure_delay_steps = 0;
  double exposure_delay_factor = 1e-3;
};
void fields(OptionVisitor& v, LearningRateOptions& o);

struct DensityOptions {
  bool enabled = true;
  int64_t from_step = 500;
  int64_t until_step = 15000;
  int64_t every = 100;
  double gradient = 2e-4;
  double min_opacity = 0.005;
  double percent_dense = 0.01;
  int64_t max_screen_size = 20;
  int64_t opacity_reset_every = 3000;
  bool morton_order = true;

  void check(Problems& problems) const;
};
void fields(OptionVisitor& v, DensityOptions& o);

/// 3DGS-MCMC (Kheradmand et al., NeurIPS 2024); the authors' values.
struct McmcOptions {
  double noise = 5e5;  // times the positions' learning rate
  double opacity_regulariser = 0.01;
  double scale_regulariser = 0.01;
  double growth = 0.05;
  int64_t until_step = 25000;
  double initial_opacity = 0.5;
  double initial_scale = 0.1;  // times the distance to the neighbours

  void check(Problems& problems) const;
};
void fields(OptionVisitor& v, McmcOptions& o);

struct TrainOptions {
  int64_t steps = 7000;
  int64_t refine_steps = 0;
  GrowthStrategy strategy = GrowthStrategy::standard;
  ResolutionScheduleKind resolution_schedule = ResolutionScheduleKind::none;
  FeatureOptimiser feature_optimiser = FeatureOptimiser::adam;
  ExposureKind exposure = ExposureKind::none;
  int64_t max_splats = 0;
  int64_t seed = 0;
  double lambda_dssim = 0.2;
  double gamma = 1.0;
  int64_t sh_degree_every = 1000;
  int64_t log_every = 10;
  int64_t evaluate_every = 700;  // keeps clear of the opacity resets, after which pictures are dim for a while
  LearningRateOptions learning_rates = {};
  DensityOptions density = {};
  McmcOptions mcmc = {};

  void check(Problems& problems) const;
};
void fields(OptionVisitor& v, TrainOptions& o);

struct Feature3dgsOptions {
  SceneOptions scene;
  CameraOptions camera;
  ImageDataOptions data;
  TeacherOptions teacher;
  FieldShapeOptions field;
  TrainOptions train;
  EvaluateOptions evaluate = {};
};
void fields(OptionVisitor& v, Feature3dgsOptions& o);

}  // namespace retort::field
