#include "distil/field/methods/feature_loss.h"

#include <ATen/ATen.h>

#include <array>
#include <cmath>

#include "core/errors.h"

namespace retort::field {

namespace {
constexpr double decoder_epsilon = 1e-8;  // the authors' decoder has an Adam of its own with torch's default

at::Tensor uniform_tensor(std::vector<int64_t> shape, double bound, RandomGenerator& random) {
  auto values = at::empty(shape, at::kFloat);
  float* out = values.data_ptr<float>();
  for (int64_t index = 0; index < values.numel(); ++index) out[index] = float(bound * (2 * random.uniform() - 1));
  return values;
}
}  // namespace

FeatureDecoder make_decoder(int64_t channels_in, int64_t channels_out, RandomGenerator random) {
  const double bound = 1 / std::sqrt(static_cast<double>(channels_in));
  auto weight = uniform_tensor({channels_out, channels_in}, bound, random);
  return {.weight = weight, .bias = uniform_tensor({channels_out}, bound, random)};
}

FeatureLoss::FeatureLoss(const TeacherOptions& teacher, const FieldShapeOptions& shape, double gamma,
                         std::optional<FeatureDecoder> decoder, ThreadPool& pool)
    : filter_(teacher.resize == FeatureResize::area ? splat::MapFilter::area
                                                    : splat::MapFilter::bilinear_align_corners),
      moves_geometry_(shape.feature_gradient_to_geometry),
      gamma_(gamma),
      decoder_(std::move(decoder)),
      pool_(pool) {
  if (!decoder_) return;
  weight_moments_ = train::fresh_adam_moments(decoder_->weight);
  bias_moments_ = train::fresh_adam_moments(decoder_->bias);
}

splat::ChannelGroup<float> FeatureLoss::group_of(const at::Tensor& features, const TeacherTarget& target) const {
  return {.values = features.data_ptr<float>(),
          .channels = static_cast<int>(features.size(1)),
          .map_width = target.width(),
          .map_height = target.height(),
          .filter = filter_};
}

double FeatureLoss::evaluate(splat::Renderer& renderer, const at::Tensor& features, const TeacherTarget& target,
                             at::Tensor& gradient) {
  const int64_t expected = decoder_ ? decoder_->weight.size(0) : features.size(1);
  RT_CHECK(target.channels() == expected, "feature loss: teacher map of {} channels, field gives {}", target.channels(),
           expected);
  const auto group = group_of(features, target);
  geometry_.clear();
  if (!decoder_ && !moves_geometry_) {
    return renderer.distil_group(group, {target.values.data_ptr(), target.values.scalar_type() == at::kHalf}, gamma_,
                                 gradient.data_ptr<float>());
  }
  auto map = at::empty({int64_t{target.height()} * target.width(), features.size(1)}, at::kFloat);
  renderer.render_group(group, map.data_ptr<float>());
  double loss = 0;
  map_gradient_ = map_gradient(map, target, loss).contiguous();
  renderer.backward_group(group, map_gradient_.data_ptr<float>(), gradient.data_ptr<float>());
  if (moves_geometry_) geometry_.push_back({group, map_gradient_.data_ptr<float>()});
  return loss;
}

// Gradient with respect to the rendered map [h*w,N]; fills the decoder's own on the way.
at::Tensor FeatureLoss::map_gradient(const at::Tensor& map, const TeacherTarget& target, double& loss) {
  const auto wanted = target.values.to(at::kFloat).view({map.size(0), -1});
  const auto decoded = decoder_ ? at::addmm(decoder_->bias, map, decoder_->weight.t()) : map;
  const auto difference = decoded - wanted;
  loss = difference.abs().mean().item<double>();
  const auto gradient = difference.sign() * (gamma_ / static_cast<double>(difference.numel()));
  if (!decoder_) return gradient;
  decoder_gradient_ = {.weight = at::mm(gradient.t(), map), .bias = gradient.sum(0)};
  return at::mm(gradient, decoder_->weight);
}

void FeatureLoss::step_decoder(double learning_rate) {
  if (!decoder_ || !decoder_gradient_.weight.defined()) return;
  const std::array groups = {
      train::adam_group(decoder_->weight, decoder_gradient_.weight, weight_moments_, learning_rate, decoder_epsilon),
      train::adam_group(decoder_->bias, decoder_gradient_.bias, bias_moments_, learning_rate, decoder_epsilon)};
  train::adam_step(groups, {}, pool_);
}

void FeatureLoss::save(std::map<std::string, at::Tensor>& tensors) const {
  if (!decoder_) return;
  tensors["decoder.weight"] = decoder_->weight;
  tensors["decoder.bias"] = decoder_->bias;
  tensors["decoder.weight.first"] = weight_moments_.first;
  tensors["decoder.weight.second"] = weight_moments_.second;
  tensors["decoder.bias.first"] = bias_moments_.first;
  tensors["decoder.bias.second"] = bias_moments_.second;
  tensors["decoder.step"] = at::full({}, weight_moments_.step, at::kLong);
}

void FeatureLoss::load(const std::map<std::string, at::Tensor>& tensors, const std::string& source) {
  if (!decoder_) return;
  const auto take = [&](const char* name, at::Tensor& into) {
    const auto found = tensors.find(name);
    if (found == tensors.end() || found->second.sizes() != into.sizes()) {
      user_error("{}: '{}' is missing or of another shape than the recipe's decoder", source, name);
    }
    into = found->second.clone();
  };
  take("decoder.weight", decoder_->weight);
  take("decoder.bias", decoder_->bias);
  take("decoder.weight.first", weight_moments_.first);
  take("decoder.weight.second", weight_moments_.second);
  take("decoder.bias.first", bias_moments_.first);
  take("decoder.bias.second", bias_moments_.second);
  auto step = at::zeros({}, at::kLong);
  take("decoder.step", step);
  weight_moments_.step = bias_moments_.step = step.item<int64_t>();
}

}  // namespace retort::field
