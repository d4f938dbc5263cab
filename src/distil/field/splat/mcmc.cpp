#include "distil/field/splat/mcmc.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/errors.h"
#include "distil/field/camera/rotation.h"

namespace retort::splat {

namespace {

constexpr int64_t noise_rows_per_stream = 4096;
constexpr double gate_steepness = 100, gate_opacity = 0.005;
constexpr double negligible_gate = 1e-6;
constexpr double smallest_opacity = 0.005, largest_opacity = 1 - 1.2e-7;  // as the authors clamp relocated ones

double mcmc_sigmoid(double logit) { return 1 / (1 + std::exp(-logit)); }

/// Draws indices with probabilities in proportion to weights.
class WeightedDraw {
 public:
  explicit WeightedDraw(const std::vector<double>& weights) : sums_(weights.size()) {
    double sum = 0;
    for (size_t index = 0; index < weights.size(); ++index) sums_[index] = sum += weights[index];
  }
  double total() const { return sums_.empty() ? 0 : sums_.back(); }
  int64_t draw(RandomGenerator& random) const {
    const auto place = std::upper_bound(sums_.begin(), sums_.end(), random.uniform() * total());
    return std::min<int64_t>(place - sums_.begin(), int64_t(sums_.size()) - 1);
  }

 private:
  std::vector<double> sums_;
};

/// Opacities of the living, 0 for the dead.
std::vector<double> living_opacities(const SplatParameters& parameters, double min_opacity) {
  std::vector<double> opacities(parameters.size());
  const float* logits = parameters.opacity_logits.data_ptr<float>();
  for (size_t splat = 0; splat < opacities.size(); ++splat) {
    const double opacity = mcmc_sigmoid(logits[splat]);
    opacities[splat] = opacity > min_opacity ? opacity : 0;
  }
  return opacities;
}

/// Rows of the tensor and of its moments: `targets` become copies of `sources`.
void copy_rows(SplatParameters& parameters, const std::vector<int64_t>& sources, const std::vector<int64_t>& targets) {
  const at::Tensor from = at::tensor(sources, at::kLong), to = at::tensor(targets, at::kLong);
  for (const auto& [name, tensor] : parameters.named()) tensor->index_copy_(0, to, tensor->index_select(0, from));
}

void forget_moments(train::AdamState& adam, const SplatParameters& parameters, const std::vector<int64_t>& rows) {
  const at::Tensor index = at::tensor(rows, at::kLong);
  for (const auto& [name, tensor] : parameters.named()) {
    const auto moments = adam.find(name);
    if (moments == adam.end()) continue;
    moments->second.first.index_fill_(0, index, 0);
    moments->second.second.index_fill_(0, index, 0);
  }
}

/// Gives sources that stand for several splats from now on the opacity and scale of one of those.
void share_among_copies(SplatParameters& parameters, const std::vector<int64_t>& sources) {
  std::vector<int64_t> copies(parameters.size(), 1);
  for (const int64_t source : sources) ++copies[source];
  float *logits = parameters.opacity_logits.data_ptr<float>(), *log_scales = parameters.log_scales.data_ptr<float>();
  for (int64_t splat = 0; splat < parameters.size(); ++splat) {
    if (copies[splat] == 1) continue;
    const double before = std::clamp(mcmc_sigmoid(logits[splat]), 1e-6, largest_opacity);
    const auto shared = relocated_splat(before, std::min(copies[splat], most_copies));
    const double opacity = std::clamp(shared.opacity, smallest_opacity, largest_opacity);
    logits[splat] = static_cast<float>(std::log(opacity / (1 - opacity)));
    for (int axis = 0; axis < 3; ++axis) log_scales[3 * splat + axis] += float(std::log(shared.scale_factor));
  }
}

int64_t relocate_dead(SplatParameters& parameters, train::AdamState& adam, RandomGenerator& random,
                      const McmcSettings& settings) {
  const auto opacities = living_opacities(parameters, settings.min_opacity);
  const WeightedDraw draw(opacities);
  std::vector<int64_t> dead, sources;
  for (int64_t splat = 0; splat < parameters.size(); ++splat) {
    if (opacities[splat] == 0) dead.push_back(splat);
  }
  if (dead.empty() || draw.total() == 0) return 0;
  for (size_t index = 0; index < dead.size(); ++index) sources.push_back(draw.draw(random));
  share_among_copies(parameters, sources);
  copy_rows(parameters, sources, dead);
  forget_moments(adam, parameters, sources);
  forget_moments(adam, parameters, dead);
  return static_cast<int64_t>(dead.size());
}

int64_t add_splats(SplatParameters& parameters, train::AdamState& adam, RandomGenerator& random,
                   const McmcSettings& settings) {
  const int64_t splats = parameters.size();
  const int64_t wanted = std::min(settings.max_splats, int64_t(double(splats) * (1 + settings.growth))) - splats;
  const WeightedDraw draw(living_opacities(parameters, settings.min_opacity));
  if (wanted <= 0 || draw.total() == 0) return 0;
  std::vector<int64_t> sources;
  for (int64_t index = 0; index < wanted; ++index) sources.push_back(draw.draw(random));
  share_among_copies(parameters, sources);
  forget_moments(adam, parameters, sources);
  const at::Tensor from = at::tensor(sources, at::kLong);
  for (const auto& [name, tensor] : parameters.named()) {
    const at::Tensor added = tensor->index_select(0, from);
    *tensor = at::cat({*tensor, added}).contiguous();
    const auto moments = adam.find(name);
    if (moments == adam.end()) continue;
    for (at::Tensor* moment : {&moments->second.first, &moments->second.second}) {
      *moment = at::cat({*moment, at::zeros_like(added)}).contiguous();
    }
  }
  return wanted;
}

/// covariance * vector, with covariance = R diag(scale^2) R^T.
void shaped_by_covariance(const float* quaternion, const float* log_scale, const double* vector, double* shaped) {
  const double norm = std::sqrt(double(quaternion[0]) * quaternion[0] + double(quaternion[1]) * quaternion[1] +
                                double(quaternion[2]) * quaternion[2] + double(quaternion[3]) * quaternion[3]);
  if (!(norm > 0)) {
    std::fill_n(shaped, 3, 0.0);
    return;
  }
  const field::Matrix3 rotation =
      field::rotation_of({quaternion[0] / norm, quaternion[1] / norm, quaternion[2] / norm, quaternion[3] / norm});
  double along[3];
  for (int axis = 0; axis < 3; ++axis) {
    const double scale = std::exp(double(log_scale[axis]));
    along[axis] =
        scale * scale * (rotation[axis] * vector[0] + rotation[3 + axis] * vector[1] + rotation[6 + axis] * vector[2]);
  }
  for (int row = 0; row < 3; ++row) {
    shaped[row] = rotation[3 * row] * along[0] + rotation[3 * row + 1] * along[1] + rotation[3 * row + 2] * along[2];
  }
}

}  // namespace

Relocated relocated_splat(double opacity, int64_t copies) {
  RT_CHECK(opacity > 0 && opacity < 1 && copies >= 1 && copies <= most_copies,
           "relocation of a splat with opacity {} to {} copies", opacity, copies);
  const double shared = -std::expm1(std::log1p(-opacity) / double(copies));
  double sum = 0;
  for (int64_t i = 1; i <= copies; ++i) {
    double binomial = 1, power = shared;  // C(i-1, k) and o'^(k+1)
    for (int64_t k = 0; k < i; ++k) {
      sum += (k % 2 == 0 ? 1 : -1) * binomial * power / std::sqrt(double(k + 1));
      binomial *= double(i - 1 - k) / double(k + 1);
      power *= shared;
    }
  }
  return {.opacity = shared, .scale_factor = opacity / sum};
}

double growth_towards(int64_t splats, int64_t max_splats, int64_t rounds_left, double least) {
  if (least <= 0 || splats <= 0 || max_splats <= splats) return std::max(least, 0.0);
  const double rounds = static_cast<double>(std::max<int64_t>(1, rounds_left));
  return std::max(least, std::pow(double(max_splats) / double(splats), 1 / rounds) - 1);
}

McmcChange relocate_and_grow(SplatParameters& parameters, train::AdamState& adam, RandomGenerator random,
                             const McmcSettings& settings) {
  parameters.check();
  McmcChange change;
  change.relocated = relocate_dead(parameters, adam, random, settings);
  change.added = add_splats(parameters, adam, random, settings);
  return change;
}

void add_position_noise(SplatParameters& parameters, double strength, const RandomTree& random, ThreadPool& pool) {
  float* means = parameters.means.data_ptr<float>();
  const float *quaternions = parameters.quaternions.data_ptr<float>(),
              *log_scales = parameters.log_scales.data_ptr<float>(),
              *logits = parameters.opacity_logits.data_ptr<float>();
  const int64_t splats = parameters.size();
  pool.run((splats + noise_rows_per_stream - 1) / noise_rows_per_stream, [&](int64_t stream) {
    RandomGenerator generator = random.child(uint64_t(stream)).generator();
    const int64_t end = std::min(splats, (stream + 1) * noise_rows_per_stream);
    for (int64_t splat = stream * noise_rows_per_stream; splat < end; ++splat) {
      const double gate = mcmc_sigmoid(-gate_steepness * (mcmc_sigmoid(logits[splat]) - gate_opacity));
      if (gate < negligible_gate) continue;
      const double draw[3] = {generator.normal(), generator.normal(), generator.normal()};
      double shaped[3];
      shaped_by_covariance(quaternions + 4 * splat, log_scales + 3 * splat, draw, shaped);
      for (int axis = 0; axis < 3; ++axis) means[3 * splat + axis] += float(shaped[axis] * gate * strength);
    }
  });
}

void add_regulariser_gradients(const SplatParameters& parameters, double opacity_weight, double scale_weight,
                               SplatParameters& gradients) {
  const int64_t splats = parameters.size();
  const float *logits = parameters.opacity_logits.data_ptr<float>(),
              *log_scales = parameters.log_scales.data_ptr<float>();
  float *logit_gradients = gradients.opacity_logits.data_ptr<float>(),
        *scale_gradients = gradients.log_scales.data_ptr<float>();
  const float opacity_share = float(opacity_weight / double(splats)),
              scale_share = float(scale_weight / (3.0 * splats));
  for (int64_t splat = 0; splat < splats; ++splat) {
    const float opacity = 1 / (1 + std::exp(-logits[splat]));
    logit_gradients[splat] += opacity_share * opacity * (1 - opacity);
  }
  for (int64_t index = 0; index < 3 * splats; ++index) {
    scale_gradients[index] += scale_share * std::exp(log_scales[index]);
  }
}

}  // namespace retort::splat
