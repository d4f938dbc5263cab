#include "distil/field/methods/splat_trainer.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "core/errors.h"
#include "distil/field/gaussians/field_renderer.h"
#include "distil/field/methods/feature_phase.h"
#include "distil/field/splat/initialise.h"
#include "distil/field/splat/mcmc.h"
#include "train/schedules.h"

namespace retort::field {

namespace {
constexpr double adam_epsilon = 1e-15;
constexpr int64_t screen_size_test_from = 3000;  // the authors' loop starts it after the first opacity reset

// Sum of squared differences between [3,H,W] floats and [H,W,3] bytes, in fixed order.
double squared_error(const at::Tensor& colour, const io::Image& image) {
  const int64_t pixels = int64_t{image.width} * image.height;
  const float* planes = colour.data_ptr<float>();
  double sum = 0;
  for (int64_t pixel = 0; pixel < pixels; ++pixel) {
    for (int64_t channel = 0; channel < 3; ++channel) {
      const float difference = planes[channel * pixels + pixel] - image.pixels[3 * pixel + channel] * (1 / 255.f);
      sum += difference * difference;
    }
  }
  return sum / static_cast<double>(3 * pixels);
}
}  // namespace

splat::SplatParameters initial_splats(const PointCloud& points, int64_t feature_dim, bool morton_order,
                                      ThreadPool& pool, const TrainOptions& train) {
  const auto positions = at::tensor(points.positions).view({points.size(), 3});
  const auto colours = at::tensor(points.colours).to(at::kFloat).view({points.size(), 3}) / 255;
  splat::InitialiseOptions options{.feature_dim = feature_dim, .morton_order = morton_order};
  if (train.strategy == GrowthStrategy::mcmc) {
    options.opacity = train.mcmc.initial_opacity;
    options.scale_factor = train.mcmc.initial_scale;
  }
  return splat::initialise_splats(positions, colours, options, pool);
}

SplatTrainer::SplatTrainer(splat::SplatParameters parameters, const SplatTrainerOptions& options, RandomTree random,
                           ThreadPool& pool)
    : options_(options),
      random_(random),
      pool_(pool),
      parameters_(std::move(parameters)),
      density_(parameters_.size(), pool),
      renderer_(pool, options.isa),
      photometric_(pool) {
  parameters_.check();
  for (const auto& [name, tensor] : parameters_.named()) adam_[name] = train::fresh_adam_moments(*tensor);
  if (options.train.exposure == ExposureKind::affine) exposures_.emplace(options.photos, pool);
  allocate_gradients();
}

int64_t SplatTrainer::degree_at(int64_t iteration) const {
  return std::min(options_.sh_degree, iteration / options_.train.sh_degree_every);
}

void SplatTrainer::allocate_gradients() {
  const auto from = parameters_.named();
  auto to = gradients_.named();
  for (size_t index = 0; index < from.size(); ++index) {
    auto& gradient = *to[index].second;
    const auto& parameter = *from[index].second;
    if (!gradient.defined() || gradient.sizes() != parameter.sizes()) gradient = at::zeros_like(parameter);
  }
  screenspace_gradient_ = at::zeros({parameters_.size(), 2}, at::kFloat);
}

StepTerms SplatTrainer::step(const Camera& camera, const ViewImage& image, FeatureLoss* features,
                             const TeacherTarget* target, int64_t photo) {
  RT_CHECK(image.rgb.width == camera.width && image.rgb.height == camera.height, "step: image {}x{}, camera {}x{}",
           image.rgb.width, image.rgb.height, camera.width, camera.height);
  const int64_t iteration = steps_done_ + 1;
  renderer_.project(splat_arrays(parameters_), camera,
                    {.sh_degree = static_cast<int>(degree_at(iteration)), .background = options_.background});
  StepTerms terms;
  terms.mean_squared_error = photometric_step(image, camera, photo, terms.photometric);
  terms.with_features = features != nullptr && target != nullptr;
  if (terms.with_features) {
    terms.feature_l1 = features->evaluate(renderer_, parameters_.features, *target, gradients_.features);
  }
  backward(terms.with_features ? features : nullptr);

  const bool is_chain = options_.train.strategy == GrowthStrategy::mcmc;
  const auto replaced = is_chain ? control_chain(iteration) : control_density(iteration);
  if (iteration < options_.train.steps) {
    update(iteration, replaced);
    if (is_chain) {
      splat::add_position_noise(parameters_, options_.train.mcmc.noise * position_rate(iteration),
                                random_.child("noise").child(uint64_t(iteration)), pool_);
    }
    if (exposures_) exposures_->step(exposure_rate(iteration));
    if (terms.with_features) features->step_decoder(options_.train.learning_rates.decoder);
  }
  steps_done_ = iteration;
  return terms;
}

double SplatTrainer::photometric_step(const ViewImage& image, const Camera& camera, int64_t photo,
                                      losses::PhotometricTerms& terms) {
  if (!colour_.defined() || colour_.size(1) != camera.height || colour_.size(2) != camera.width) {
    colour_ = at::empty({3, camera.height, camera.width}, at::kFloat);
    colour_gradient_ = at::empty_like(colour_);
  }
  renderer_.blend({.colour = colour_.data_ptr<float>()});
  const losses::PhotometricTarget target = {.pixels = image.rgb.pixels.data(),
                                            .mask = image.mask.empty() ? nullptr : image.mask.pixels.data()};
  const at::Tensor& shown = exposures_ ? exposures_->show(photo, colour_) : colour_;
  terms = photometric_.evaluate(shown.data_ptr<float>(), target, camera.height, camera.width,
                                options_.train.lambda_dssim, colour_gradient_.data_ptr<float>());
  if (!std::isfinite(terms.loss)) {
    fault("step {}: the loss is not finite; lower the learning rates or look for broken photos", steps_done_ + 1);
  }
  if (exposures_) exposures_->backward(photo, colour_, colour_gradient_);
  const bool wanted = (steps_done_ + 1) % options_.train.log_every == 0;
  return wanted ? squared_error(shown, image.rgb) : 0;
}

void SplatTrainer::backward(FeatureLoss* features) {
  const auto groups =
      features == nullptr ? std::span<const splat::GeometryGroup<float>>{} : features->geometry_groups();
  renderer_.backward({.colour = colour_gradient_.data_ptr<float>()},
                     {.means = gradients_.means.data_ptr<float>(),
                      .quaternions = gradients_.quaternions.data_ptr<float>(),
                      .log_scales = gradients_.log_scales.data_ptr<float>(),
                      .opacity_logits = gradients_.opacity_logits.data_ptr<float>(),
                      .sh = gradients_.sh.data_ptr<float>(),
                      .screenspace_points = screenspace_gradient_.data_ptr<float>()},
                     groups);
}

SplatTrainer::Replaced SplatTrainer::control_density(int64_t iteration) {
  const auto& density = options_.train.density;
  if (!density.enabled || iteration >= density.until_step) return Replaced::none;
  density_.accumulate({screenspace_gradient_.data_ptr<float>(), size_t(screenspace_gradient_.numel())},
                      renderer_.radii());
  auto replaced = Replaced::none;
  if (iteration > density.from_step && iteration % density.every == 0) {
    const bool size_tested = iteration > screen_size_test_from;
    density_.densify_and_prune(parameters_, adam_, random_.child("split").child(uint64_t(iteration)).generator(),
                               {.thresholds = {.grad_threshold = density.gradient,
                                               .min_opacity = density.min_opacity,
                                               .extent = options_.extent,
                                               .percent_dense = density.percent_dense,
                                               .max_screen_size = size_tested ? density.max_screen_size : 0},
                                .max_splats = options_.train.max_splats,
                                .morton_order = density.morton_order});
    if (parameters_.size() == 0) fault("step {}: every splat was pruned; lower train.density.min_opacity", iteration);
    allocate_gradients();
    replaced = Replaced::all;
  }
  const bool white = options_.background == std::array<double, 3>{1, 1, 1};
  if (iteration % density.opacity_reset_every == 0 || (white && iteration == density.from_step)) {
    splat::reset_opacity(parameters_, adam_);
    if (replaced == Replaced::none) replaced = Replaced::opacity;
  }
  return replaced;
}

SplatTrainer::Replaced SplatTrainer::control_chain(int64_t iteration) {
  const auto& mcmc = options_.train.mcmc;
  splat::add_regulariser_gradients(parameters_, mcmc.opacity_regulariser, mcmc.scale_regulariser, gradients_);
  const auto& density = options_.train.density;
  if (!density.enabled || iteration >= mcmc.until_step) return Replaced::none;
  if (iteration <= density.from_step || iteration % density.every != 0) return Replaced::none;
  // Known from the state and the step alone, so that resumed runs grow alike.
  const int64_t middle = (density.from_step + std::min(mcmc.until_step, options_.train.steps)) / 2;
  const double growth = splat::growth_towards(parameters_.size(), options_.train.max_splats,
                                              (middle - iteration) / density.every + 1, mcmc.growth);
  const auto change = splat::relocate_and_grow(
      parameters_, adam_, random_.child("relocation").child(uint64_t(iteration)).generator(),
      {.min_opacity = density.min_opacity, .growth = growth, .max_splats = options_.train.max_splats});
  if (change.relocated == 0 && change.added == 0) return Replaced::none;
  density_.reset(parameters_.size());
  allocate_gradients();
  return Replaced::all;
}

double SplatTrainer::position_rate(int64_t iteration) const {
  const auto& rates = options_.train.learning_rates;
  return train::log_linear_rate(iteration, {.initial = rates.position_initial * options_.extent,
                                            .final = rates.position_final * options_.extent,
                                            .steps = rates.position_steps});
}

double SplatTrainer::exposure_rate(int64_t iteration) const {
  const auto& rates = options_.train.learning_rates;
  return train::log_linear_rate(iteration, {.initial = rates.exposure_initial,
                                            .final = rates.exposure_final,
                                            .steps = options_.train.steps,
                                            .delay_steps = rates.exposure_delay_steps,
                                            .delay_multiplier = rates.exposure_delay_factor});
}

void SplatTrainer::update(int64_t iteration, Replaced replaced) {
  if (replaced == Replaced::all) return;
  const auto& rates = options_.train.learning_rates;
  const std::map<std::string, double> rate_of = {{"means", position_rate(iteration)}, {"sh", rates.sh_rest},
                                                 {"opacity_logits", rates.opacity},   {"log_scales", rates.scale},
                                                 {"quaternions", rates.rotation},     {"features", rates.feature}};
  std::vector<train::AdamGroup> groups;
  std::vector<uint8_t> active_features;
  const auto values = parameters_.named();
  const auto gradients = gradients_.named();
  for (size_t index = 0; index < values.size(); ++index) {
    const std::string name = values[index].first;
    if (values[index].second->numel() == 0 || (replaced == Replaced::opacity && name == "opacity_logits")) continue;
    auto group =
        train::adam_group(*values[index].second, *gradients[index].second, adam_[name], rate_of.at(name), adam_epsilon);
    if (name == "sh") {
      group.row_length = values[index].second->size(1) * 3;
      group.head_length = 3;
      group.head_learning_rate = rates.sh_dc;
    } else if (name == "features" && options_.train.feature_optimiser == FeatureOptimiser::sparse_adam) {
      active_features = rows_with_gradient(*gradients[index].second, pool_);
      group.row_length = values[index].second->size(1);
      group.active_rows = active_features.data();
    }
    groups.push_back(group);
  }
  train::adam_step(groups, {}, pool_);
}

void SplatTrainer::save(std::map<std::string, at::Tensor>& tensors) const {
  splat::put_parameters(parameters_, "splats.", tensors);
  for (const auto& [name, moments] : adam_) {
    tensors["adam." + name + ".first"] = moments.first;
    tensors["adam." + name + ".second"] = moments.second;
    tensors["adam." + name + ".step"] = at::full({}, moments.step, at::kLong);
  }
  density_.save("density.", tensors);
  if (exposures_) exposures_->save(tensors);
  tensors["steps_done"] = at::full({}, steps_done_, at::kLong);
}

void SplatTrainer::load(const std::map<std::string, at::Tensor>& tensors, const std::string& source) {
  const auto take = [&](const std::string& name) {
    const auto found = tensors.find(name);
    if (found == tensors.end()) user_error("{}: '{}' is missing; the checkpoint is of another version", source, name);
    return found->second.clone();
  };
  parameters_ = splat::take_parameters(tensors, "splats.", source);
  for (const auto& [name, tensor] : parameters_.named()) {
    train::AdamMoments moments{.first = take(std::string("adam.") + name + ".first"),
                               .second = take(std::string("adam.") + name + ".second"),
                               .step = take(std::string("adam.") + name + ".step").item<int64_t>()};
    if (moments.first.sizes() != tensor->sizes() || moments.second.sizes() != tensor->sizes()) {
      user_error("{}: Adam's moments of '{}' don't fit the parameter", source, name);
    }
    adam_[name] = std::move(moments);
  }
  density_.load(tensors, "density.", parameters_.size(), source);
  if (exposures_) exposures_->load(tensors, source);
  steps_done_ = take("steps_done").item<int64_t>();
  allocate_gradients();
}

}  // namespace retort::field
