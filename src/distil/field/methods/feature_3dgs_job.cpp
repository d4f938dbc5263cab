#include "distil/field/methods/feature_3dgs_job.h"

#include <ATen/ATen.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "core/errors.h"
#include "core/isa.h"
#include "core/recipe.h"
#include "core/registries.h"
#include "core/text.h"
#include "distil/field/gaussians/export.h"
#include "distil/field/gaussians/field_pictures.h"
#include "distil/field/methods/open_teacher_maps.h"
#include "distil/field/methods/synthetic_score.h"
#include "io/atomic_file.h"
#include "io/tensor/tensor_io.h"
#include "run/state.h"

namespace retort::field {

namespace {
constexpr size_t most_pictured_views = 4;
constexpr int64_t pictures_for_spectrum = 8;
constexpr int64_t colour_parameters = 48, shape_parameters = 11;
constexpr int64_t kernel_bytes_a_splat = 1500;  // projection, tile entries and their gradients, typical views
constexpr int64_t expected_growth = 5;          // splats at the end over splats at first, without a cap

void record_scores(const Evaluation& scores, run::Recorder& recorder) {
  recorder.scalar("eval/psnr", scores.mean_psnr);
  recorder.scalar("eval/ssim", scores.mean_ssim);
  if (scores.mean_lpips) recorder.scalar("eval/lpips", *scores.mean_lpips);
  if (scores.mean_fitted) recorder.scalar("eval/psnr_after_colour_fit", scores.mean_fitted->psnr);
  if (!scores.field) return;
  recorder.scalar("eval/feature_cosine", scores.field->cosine);
  recorder.scalar("eval/feature_accuracy", scores.field->accuracy);
  recorder.scalar("eval/feature_mean_iou", scores.field->mean_iou);
}

// One [3,4] for each training photo, by its name.
void save_exposures(const std::filesystem::path& file, const Exposures& exposures, const Scene& scene) {
  io::NamedTensors tensors;
  for (const int view : scene.train) tensors[scene.views[view].name] = exposures.values()[view].contiguous();
  io::save_safetensors(
      file, tensors,
      {{"retort.format", "exposures"}, {"meaning", "photo = affine[:, :3] colour + affine[:, 3], colours in [0, 1]"}});
}

std::array<double, 3> background_of(const Scene& scene) {
  return {scene.background[0] / 255.0, scene.background[1] / 255.0, scene.background[2] / 255.0};
}
}  // namespace

splat::MapFilter map_filter(FeatureResize resize) {
  return resize == FeatureResize::area ? splat::MapFilter::area : splat::MapFilter::bilinear_align_corners;
}

Feature3dgsJob::Feature3dgsJob(const Feature3dgsOptions& options, std::string resolved_recipe, Context& context)
    : options_(options),
      resolved_recipe_(std::move(resolved_recipe)),
      context_(context),
      random_(static_cast<uint64_t>(options.train.seed)),
      isa_(chosen_isa()),
      scene_(load_scene(options.scene, options.camera)),
      images_(make_image_cache(scene_, options.data)),
      lpips_(open_lpips(options.evaluate, scene_, shown_views())) {
  open_teacher();
  order_ = std::make_unique<ViewOrder>(scene_.train, random_.child("views"));
  if (options_.train.resolution_schedule == ResolutionScheduleKind::frequency) plan_resolutions();
}

SplatTrainer& Feature3dgsJob::trainer() const {
  if (trainer_) return *trainer_;
  trainer_ =
      std::make_unique<SplatTrainer>(initial_splats(scene_.points, lifts() ? 0 : feature_channels(),
                                                    options_.train.density.morton_order, context_.pool, options_.train),
                                     SplatTrainerOptions{.train = options_.train,
                                                         .sh_degree = options_.field.sh_degree,
                                                         .photos = static_cast<int64_t>(scene_.views.size()),
                                                         .extent = scene_.extent.radius,
                                                         .background = background_of(scene_),
                                                         .isa = isa_},
                                     random_.child("train"), context_.pool);
  return *trainer_;
}

void Feature3dgsJob::plan_resolutions() {
  std::vector<std::shared_ptr<const ViewImage>> views;
  const auto count = static_cast<int64_t>(scene_.train.size()), sampled = std::min(count, pictures_for_spectrum);
  std::vector<const io::Image*> pictures;
  for (int64_t index = 0; index < sampled; ++index) {
    views.push_back(images_->get(scene_.train[index * count / sampled]));
    pictures.push_back(&views.back()->rgb);
  }
  const int64_t full_from = std::min(options_.train.density.until_step, options_.train.steps / 2);
  resolutions_ = plan_resolution(pictures, full_from);
}

void Feature3dgsJob::open_teacher() {
  maps_ = open_teacher_maps(scene_, options_.teacher);
  if (!maps_) return;
  std::optional<FeatureDecoder> decoder;
  if (options_.field.decoder == DecoderKind::conv1x1) {
    decoder = make_decoder(feature_channels(), maps_->channels(), random_.child("decoder").generator());
  } else if (feature_channels() != maps_->channels()) {
    user_error(
        "{}: field.feature_dim: {} channels a splat, but the teacher in {} has {}; set teacher.reduce_to={} or "
        "field.decoder=conv1x1",
        options_.scene.path, feature_channels(), maps_->folder().string(), maps_->channels(), feature_channels());
  }
  feature_loss_ = std::make_unique<FeatureLoss>(options_.teacher, options_.field, options_.train.gamma,
                                                std::move(decoder), context_.pool);
}

int64_t Feature3dgsJob::feature_channels() const {
  if (!maps_) return 0;
  if (options_.field.feature_dim > 0) return options_.field.feature_dim;
  // A quarter with a decoder, as the authors' speed-up module does.
  return options_.field.decoder == DecoderKind::none ? maps_->channels() : std::max<int64_t>(1, maps_->channels() / 4);
}

run::Plan Feature3dgsJob::plan() {
  run::Plan plan;
  plan.phases = {{"train", options_.train.steps}};
  if (lifts()) {
    plan.phases.push_back({"lift", static_cast<int64_t>(scene_.train.size())});
    if (options_.train.refine_steps > 0) plan.phases.push_back({"refine", options_.train.refine_steps});
  }
  for (const auto& level : resolutions_) {
    if (resolutions_.size() > 1) {
      plan.notes.push_back(fmt::format("photos at 1/{} of their size from step {}", level.divisor, level.first_step));
    }
  }
  const auto initial = static_cast<int64_t>(scene_.points.size());
  int64_t most = options_.train.density.enabled ? initial * expected_growth : initial;
  if (options_.train.max_splats > 0) most = std::max(initial, std::min(most, options_.train.max_splats));
  const int64_t floats = colour_parameters + shape_parameters + feature_channels();
  constexpr int64_t copies = 4 * sizeof(float);  // value, gradient, two moments
  int64_t image_bytes = 0;
  for (const auto& view : scene_.views) image_bytes += int64_t{3} * view.camera.width * view.camera.height;
  plan.memory_bytes = run::library_bytes + most * (floats * copies + kernel_bytes_a_splat) +
                      std::min(image_bytes, int64_t{options_.data.image_cache_mb} * 1'000'000);
  plan.notes.push_back(fmt::format("scene: {} training and {} held-out views, {} points", scene_.train.size(),
                                   scene_.test.size(), scene_.points.size()));
  plan.notes.insert(plan.notes.end(), scene_.notes.begin(), scene_.notes.end());
  if (maps_) {
    plan.memory_bytes += std::min(maps_->total_bytes(), options_.teacher.cache_mb * 1'000'000);
    plan.notes.push_back(
        fmt::format("teacher: {}, {} channels{}, {} a splat", maps_->folder().string(), maps_->stored_channels(),
                    maps_->basis() ? fmt::format(" reduced to {}", maps_->channels()) : "", feature_channels()));
  } else {
    plan.notes.emplace_back(
        "no teacher maps: RGB only; add one map per photo as rgb_feature_langseg/<photo>_fmap_CxHxW.pt, or make them "
        "with `retort teach`");
  }
  return plan;
}

bool Feature3dgsJob::step(run::Recorder& recorder) {
  const int64_t iteration = trainer().steps_done() + 1;
  if (iteration <= options_.train.steps) return train_step(iteration, recorder);
  return lifts() && feature_step(recorder);
}

bool Feature3dgsJob::train_step(int64_t iteration, run::Recorder& recorder) {
  const int view = order_->at(iteration);
  const bool with_features = maps_ != nullptr && !lifts();
  TeacherTarget target;
  if (with_features) target.values = maps_->get(view);
  if (iteration < options_.train.steps) {
    const int next = order_->at(iteration + 1);
    images_->prefetch(next);
    if (with_features) maps_->prefetch(next);
  }
  const auto terms = train_on(view, iteration, with_features ? &target : nullptr);
  if (iteration % options_.train.log_every == 0) record(terms, recorder);
  const int64_t every = options_.train.evaluate_every;
  if (every > 0 && iteration % every == 0 && iteration < options_.train.steps) evaluate(recorder);
  return true;
}

StepTerms Feature3dgsJob::train_on(int view, int64_t iteration, const TeacherTarget* target) {
  const auto picture = images_->get(view);
  const Camera& camera = scene_.views[view].camera;
  FeatureLoss* loss = target == nullptr ? nullptr : feature_loss_.get();
  const double divisor = divisor_at(resolutions_, iteration);
  if (divisor == 1) return trainer().step(camera, *picture, loss, target, view);
  // Never smaller than the teacher's map: area means need pixels to take the mean of.
  const int width = std::max(int(std::lround(camera.width / divisor)), target == nullptr ? 1 : target->width());
  const int height = std::max(int(std::lround(camera.height / divisor)), target == nullptr ? 1 : target->height());
  return trainer().step(resized(camera, width, height), smaller_view(*picture, width, height), loss, target, view);
}

void Feature3dgsJob::begin_feature_phase() {
  feature_phase_ =
      std::make_unique<FeaturePhase>(trainer().parameters(), scene_, *maps_,
                                     FeaturePhaseOptions{.teacher = options_.teacher,
                                                         .field = options_.field,
                                                         .refine_steps = options_.train.refine_steps,
                                                         .learning_rate = options_.train.learning_rates.feature,
                                                         .optimiser = options_.train.feature_optimiser,
                                                         .gamma = options_.train.gamma,
                                                         .isa = isa_},
                                     random_.child("refine"), context_.pool);
}

bool Feature3dgsJob::feature_step(run::Recorder& recorder) {
  if (!feature_phase_) begin_feature_phase();
  if (feature_phase_->steps_done() == feature_phase_->total_steps()) return false;
  const bool lifting = feature_phase_->lifting();
  const double error = feature_phase_->step();
  if (!lifting && steps_done() % options_.train.log_every == 0) recorder.scalar("train/feature_l1", error);
  recorder.status(lifting ? std::string("lifting") : fmt::format("feature L1 {:.3f}", error));
  return true;
}

void Feature3dgsJob::record(const StepTerms& terms, run::Recorder& recorder) {
  const double psnr = -10 * std::log10(std::max(terms.mean_squared_error, 1e-10));
  const auto splats = trainer().parameters().size();
  recorder.scalar("train/loss", terms.photometric.loss + options_.train.gamma * terms.feature_l1);
  recorder.scalar("train/psnr", psnr);
  recorder.scalar("train/splats", static_cast<double>(splats));
  if (terms.with_features) recorder.scalar("train/feature_l1", terms.feature_l1);
  recorder.status(terms.with_features
                      ? fmt::format("psnr {:.1f} dB  feature L1 {:.3f}  {} splats", psnr, terms.feature_l1, splats)
                      : fmt::format("psnr {:.1f} dB  {} splats", psnr, splats));
}

GaussianField Feature3dgsJob::field() const {
  GaussianField field{.splats = feature_phase_ ? feature_phase_->parameters() : trainer().parameters(),
                      .sh_degree = trainer().active_sh_degree(),
                      .background = background_of(scene_),
                      .decoder = feature_loss_ ? feature_loss_->decoder() : std::nullopt,
                      .basis = maps_ ? maps_->basis() : std::nullopt,
                      .notes = {{"method", "feature-3dgs"}}};
  return field;
}

void Feature3dgsJob::evaluate(run::Recorder& recorder) {
  if (scene_.test.empty()) return;
  const auto field = this->field();
  record_scores(evaluate_field(evaluation_inputs(field), scene_.test, map_filter(options_.teacher.resize), context_),
                recorder);
  record_picture(recorder);
}

EvaluationInputs Feature3dgsJob::evaluation_inputs(const GaussianField& field) const {
  return {.field = field,
          .scene = scene_,
          .images = *images_,
          .fit_colours = trainer().exposures() != nullptr,
          .isa = isa_};
}

const std::vector<int>& Feature3dgsJob::shown_views() const { return scene_.test.empty() ? scene_.train : scene_.test; }

void Feature3dgsJob::record_picture(run::Recorder& recorder) {
  const auto field = this->field();
  const int shown = shown_views().front();
  recorder.image(
      "views/" + scene_.views[shown].stem(),
      FieldPictures(field, context_.pool, isa_).strip(scene_.views[shown].camera, &images_->get(shown)->rgb));
}

run::Products Feature3dgsJob::write_pictures(const std::filesystem::path& folder, run::Recorder& recorder) {
  run::Products products;
  const auto field = this->field();
  FieldPictures pictures(field, context_.pool, isa_);
  for (const int shown : shown_views()) {
    if (products.size() == most_pictured_views) break;
    const auto& view = scene_.views[shown];
    const auto strip = pictures.strip(view.camera, &images_->get(shown)->rgb);
    const auto path = std::filesystem::path("pictures") / (view.stem() + ".png");
    std::filesystem::create_directories((folder / path).parent_path());
    io::write_png(folder / path, strip);
    recorder.image("views/" + view.stem(), strip);
    products.push_back({.name = "picture/" + view.stem(), .kind = "images", .path = path});
  }
  return products;
}

void Feature3dgsJob::save(run::StateWriter& writer) const {
  std::map<std::string, at::Tensor> tensors;
  trainer().save(tensors);
  if (feature_loss_) feature_loss_->save(tensors);
  if (feature_phase_) feature_phase_->save(tensors);
  for (const auto& [name, tensor] : tensors) writer.tensor(name, tensor);
  writer.integer("sh_degree", trainer().active_sh_degree());  // for who shows a run at work; resuming goes by the step
}

void Feature3dgsJob::load(const run::StateReader& reader) {
  trainer().load(reader.tensors(), reader.source());
  if (feature_loss_) feature_loss_->load(reader.tensors(), reader.source());
  if (!reader.has("lift.steps_done")) return;
  if (!lifts() || trainer().steps_done() < options_.train.steps) {
    user_error("{}: features were lifted already, but the recipe trains on", reader.source());
  }
  begin_feature_phase();
  feature_phase_->load(reader.tensors(), reader.source());
}

run::Products Feature3dgsJob::finish(const std::filesystem::path& folder, run::Recorder& recorder) {
  const auto field = this->field();
  save_field(folder / "field.safetensors", field);
  export_ply(folder / "point_cloud.ply", field);
  run::Products products = {{.name = "field", .kind = "field", .path = "field.safetensors"},
                            {.name = "point_cloud", .kind = "field", .path = "point_cloud.ply"}};
  if (const auto* exposures = trainer().exposures()) {
    save_exposures(folder / "exposures.safetensors", *exposures, scene_);
    products.push_back({.name = "exposures", .kind = "weights", .path = "exposures.safetensors"});
  }
  auto inputs = evaluation_inputs(field);
  inputs.maps = maps_.get();
  inputs.lpips = lpips_ ? &*lpips_ : nullptr;
  const auto scores = evaluate_field(inputs, shown_views(), map_filter(options_.teacher.resize), context_);
  record_scores(scores, recorder);
  auto evaluation = to_json(scores);
  if (const auto truth = score_truth(field, scene_, map_filter(options_.teacher.resize), context_.pool)) {
    recorder.scalar("eval/label_accuracy", truth->labels.field);
    recorder.scalar("eval/extraction_iou", truth->selection.extraction_hard);
    evaluation["truth"] = to_json(*truth);
  }
  io::write_whole_file(folder / "evaluation.json", evaluation.dump(2) + "\n");
  products.push_back({.name = "evaluation", .kind = "metrics", .path = "evaluation.json"});
  context_.log.info("{} views:\n{}", scene_.test.empty() ? "training" : "held-out", to_text(scores));
  for (auto& picture : write_pictures(folder, recorder)) products.push_back(std::move(picture));
  return products;
}

}  // namespace retort::field

namespace retort {

void register_feature_3dgs(Registries& registries) {
  registries.methods.add(
      "feature-3dgs",
      {.family = "field",
       .paper = "Feature 3DGS: Supercharging 3D Gaussian Splatting to Enable Distilled Feature Fields (CVPR 2024)",
       .summary = "photos with poses and a feature map each -> one 3-D Gaussian field of colour and features",
       .equation = "L = 0.8 mean |I - I_gt| + 0.2 (1 - SSIM(I, I_gt)) + gamma mean |D(resize(F)) - F_t|\n"
                   "I, F: colours and features blended front to back by the same weights\n"
                   "F_t: the teacher's map; D: identity, or a learned 1x1 convolution",
       .sources = "Zhou et al. 2024; ShijieZhou-UCLA/feature-3dgs at 6c570d6, train.py",
       .options = describe_options<field::Feature3dgsOptions>,
       .make = [](const Recipe& recipe, Context& context) -> std::unique_ptr<run::Job> {
         const auto options = recipe.read<field::Feature3dgsOptions>();
         return std::make_unique<field::Feature3dgsJob>(options, recipe.resolved(options), context);
       }});
}

}  // namespace retort
