#include "distil/field/methods/feature_3dgs_options.h"

namespace retort::field {

void fields(OptionVisitor& v, TeacherOptions& o) {
  v("files", o.files,
    "folder of the teacher's feature maps, in the scene or absolute; auto takes the first usual one there; none: RGB "
    "only");
  v("vocabulary", o.vocabulary, "folder or file of name -> vector; auto: vocabulary/ beside the maps or in the scene");
  v("reduce_to", o.reduce_to, "reduce the teacher's channels to this many by PCA; 0 keeps all",
    {.unit = "channels", .min = 0, .max = 2048});
  v("resize", o.resize,
    "how the rendered map comes to the size of the teacher's: the authors' align_corners bilinear, or exact area "
    "means");
  v("cache_mb", o.cache_mb, "memory for feature maps (fp16), the rest is streamed from disk", {.unit = "MB", .min = 1});
  v("any_aspect", o.any_aspect,
    "take maps whose aspect is not the photo's and stretch them (LSeg maps of the reference are 360x480 for every "
    "photo)");
}

void fields(OptionVisitor& v, FieldShapeOptions& o) {
  v("feature_dim", o.feature_dim, "channels a splat carries; 0: the teacher's, or a quarter of them with a decoder",
    {.unit = "channels", .min = 0, .max = 2048});
  v("decoder", o.decoder, "what turns rendered channels into the teacher's: none, or a learned 1x1 convolution");
  v("features", o.features,
    "joint: learned beside the colours; lift: each splat takes the weighted mean of the pixels it shows in, after "
    "training");
  v("lift_lengths", o.lift_lengths, "pixels' vectors as they are (kept), or scaled to length 1 before they are lifted");
  v("sh_degree", o.sh_degree, "highest degree of the colour's spherical harmonics", {.min = 0, .max = 3});
  v("feature_gradient_to_geometry", o.feature_gradient_to_geometry,
    "let the feature loss move position, shape and opacity too (the authors' released code does not)");
}

void FieldShapeOptions::check(Problems& problems) const {
  problems.require(features == FeatureWay::joint || decoder == DecoderKind::none, "features",
                   "lift has nothing to learn a decoder from; set decoder=none and teacher.reduce_to");
  problems.require(features == FeatureWay::joint || !feature_gradient_to_geometry, "features",
                   "lift leaves the geometry alone; set feature_gradient_to_geometry=false");
}

void fields(OptionVisitor& v, LearningRateOptions& o) {
  v("position_initial", o.position_initial, "positions at step 0, times the scene's extent", {.min = 0});
  v("position_final", o.position_final, "positions at position_steps, log-linear in between", {.min = 0});
  v("position_steps", o.position_steps, "length of the position schedule", {.unit = "steps", .min = 1});
  v("sh_dc", o.sh_dc, "constant colour", {.min = 0});
  v("sh_rest", o.sh_rest, "view-dependent colour", {.min = 0});
  v("opacity", o.opacity, "opacity logits", {.min = 0});
  v("scale", o.scale, "log scales", {.min = 0});
  v("rotation", o.rotation, "quaternions", {.min = 0});
  v("feature", o.feature, "features", {.min = 0});
  v("decoder", o.decoder, "decoder", {.min = 0});
  v("exposure_initial", o.exposure_initial, "colour transforms of the photos at step 0 (train.exposure=affine)",
    {.min = 0});
  v("exposure_final", o.exposure_final, "the same at train.steps, log-linear in between", {.min = 0});
  v("exposure_delay_steps", o.exposure_delay_steps, "over which that rate rises; 0: none", {.unit = "steps", .min = 0});
  v("exposure_delay_factor", o.exposure_delay_factor, "share of that rate which such a rise begins with",
    {.min = 0, .max = 1});
}

void DensityOptions::check(Problems& problems) const {
  problems.require(until_step >= from_step, "until_step",
                   fmt::format("{} lies before from_step {}", until_step, from_step));
}

void fields(OptionVisitor& v, DensityOptions& o) {
  v("enabled", o.enabled, "clone, split and prune splats while training");
  v("from_step", o.from_step, "first step after which to densify", {.unit = "steps", .min = 0});
  v("until_step", o.until_step, "step from which the set of splats stays", {.unit = "steps", .min = 0});
  v("every", o.every, "steps between two densifications", {.unit = "steps", .min = 1});
  v("gradient", o.gradient, "mean screen-space gradient (NDC) that asks for more splats", {.min = 0});
  v("min_opacity", o.min_opacity, "splats below are pruned", {.min = 0, .max = 1});
  v("percent_dense", o.percent_dense, "clone below, split above this share of the scene's extent", {.min = 0});
  v("max_screen_size", o.max_screen_size,
    "largest radius on screen after the first opacity reset (never fires, as in the original)",
    {.unit = "px", .min = 0});
  v("opacity_reset_every", o.opacity_reset_every, "steps between two resets of all opacities to at most 0.01",
    {.unit = "steps", .min = 1});
  v("morton_order", o.morton_order,
    "keep splats sorted along a space-filling curve: faster, same result up to rounding");
}

void fields(OptionVisitor& v, McmcOptions& o) {
  v("noise", o.noise, "of the positions, times their learning rate and covariance", {.min = 0});
  v("opacity_regulariser", o.opacity_regulariser, "weight of the mean opacity in the loss", {.min = 0});
  v("scale_regulariser", o.scale_regulariser, "weight of the mean scale in the loss", {.min = 0});
  v("growth", o.growth,
    "share of splats added every train.density.every steps, up to train.max_splats; more in runs too short to come "
    "there half-way otherwise; 0: none",
    {.min = 0, .max = 1});
  v("until_step", o.until_step, "step from which no splat is moved or added (in place of train.density.until_step)",
    {.unit = "steps", .min = 0});
  v("initial_opacity", o.initial_opacity, "of the first splats (0.1 without mcmc)");
  v("initial_scale", o.initial_scale,
    "of the first splats, times the distance to their neighbours (1 without mcmc: better for few steps on good "
    "points)");
}

void McmcOptions::check(Problems& problems) const {
  problems.require(initial_opacity > 0 && initial_opacity < 1, "initial_opacity", "should lie between 0 and 1");
  problems.require(initial_scale > 0, "initial_scale", "should be above 0");
}

void TrainOptions::check(Problems& problems) const {
  problems.require(strategy == GrowthStrategy::standard || max_splats > 0, "max_splats",
                   "strategy=mcmc grows up to a cap; name one, such as 60000");
}

void fields(OptionVisitor& v, TrainOptions& o) {
  v("steps", o.steps, "training steps, one view each", {.unit = "steps", .min = 1});
  v("refine_steps", o.refine_steps, "steps on the features alone after they were lifted (field.features=lift)",
    {.unit = "steps", .min = 0});
  v("strategy", o.strategy,
    "how splats come and go: default: clones, splits, pruning, opacity resets; mcmc: relocation and noise (3DGS-MCMC)");
  v("resolution_schedule", o.resolution_schedule,
    "none, or frequency: small photos first, larger ones as their spectrum asks for");
  v("feature_optimiser", o.feature_optimiser,
    "adam, or sparse_adam: features without a gradient in this view stay (another optimiser)");
  v("exposure", o.exposure,
    "none, or affine: a colour transform for each training photo, for photos whose exposure or white balance differ");
  v("max_splats", o.max_splats, "cap on the number of splats; 0: none", {.min = 0});
  v("seed", o.seed, "root of all random streams", {.min = 0});
  v("lambda_dssim", o.lambda_dssim, "weight of 1 - SSIM beside L1", {.min = 0, .max = 1});
  v("gamma", o.gamma, "weight of the feature loss", {.min = 0});
  v("sh_degree_every", o.sh_degree_every, "steps between two raises of the active SH degree",
    {.unit = "steps", .min = 1});
  v("log_every", o.log_every, "steps between two points of the curves", {.unit = "steps", .min = 1});
  v("evaluate_every", o.evaluate_every, "steps between two evaluations on held-out views; 0: only at the end",
    {.unit = "steps", .min = 0});
  v("learning_rates", o.learning_rates, "Adam's learning rates");
  v("density", o.density, "growth and pruning of the set of splats");
  v("mcmc", o.mcmc, "for strategy=mcmc");
}

void fields(OptionVisitor& v, Feature3dgsOptions& o) {
  v("scene", o.scene, "photos with poses");
  v("camera", o.camera, "how the cameras are read");
  v("data", o.data, "how the photos are kept");
  v("teacher", o.teacher, "the feature maps to distil");
  v("field", o.field, "what a splat carries");
  v("train", o.train, "the training loop");
  v("evaluate", o.evaluate, "what is measured at the end beside PSNR, SSIM and the features");
}

}  // namespace retort::field
