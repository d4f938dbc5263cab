#include "nn/scope.h"

#include <ATen/ATen.h>

#include <cmath>

#include "core/errors.h"
#include "core/text.h"
#include "io/array.h"

namespace retort::nn {

namespace {
/// The size of `initialiser`'s draws for a tensor of that shape.
double draw_size(const Initialiser& initialiser, const WeightRequest& request) {
  if (initialiser.kind != Initialiser::Kind::xavier_uniform) return initialiser.size;
  RT_CHECK(request.shape.size() >= 2, "{}: Xavier's rule needs two fans, got {}", request.name,
           io::shape_text(request.shape));
  double places = 1;
  for (size_t axis = 2; axis < request.shape.size(); ++axis) places *= static_cast<double>(request.shape[axis]);
  return initialiser.size * std::sqrt(6 / (static_cast<double>(request.shape[0] + request.shape[1]) * places));
}

at::Tensor fresh_tensor(const WeightRequest& request, const RandomTree& random) {
  auto tensor = at::zeros(request.shape, request.counter ? at::kLong : at::kFloat);
  const auto& initialiser = request.initialiser;
  if (initialiser.kind == Initialiser::Kind::zeros) return tensor;
  if (initialiser.kind == Initialiser::Kind::constant) return tensor.fill_(initialiser.size);
  auto generator = random.child(request.name).generator();
  float* values = tensor.data_ptr<float>();
  const double size = draw_size(initialiser, request);
  const bool is_uniform =
      initialiser.kind == Initialiser::Kind::uniform || initialiser.kind == Initialiser::Kind::xavier_uniform;
  for (int64_t i = 0; i < tensor.numel(); ++i) {
    double draw = is_uniform ? 2 * generator.uniform() - 1 : generator.normal();
    while (initialiser.kind == Initialiser::Kind::truncated_normal && std::abs(draw) > 2) draw = generator.normal();
    values[i] = static_cast<float>(size * draw);
  }
  return tensor;
}
}  // namespace

at::Tensor InitialisingSource::get(const WeightRequest& request) {
  auto& place = request.buffer ? weights_.buffers : weights_.parameters;
  const auto [entry, is_new] = place.try_emplace(request.name);
  if (is_new) {
    entry->second = fresh_tensor(request, random_);
    if (!request.buffer) weights_.parameter_order.push_back(request.name);
  }
  RT_CHECK(entry->second.sizes() == request.shape, "'{}' is asked for as {} and as {}", request.name,
           io::shape_text(entry->second.sizes().vec()), io::shape_text(request.shape));
  return entry->second;
}

at::Tensor GivenSource::get(const WeightRequest& request) {
  const auto& place = request.buffer ? weights_.buffers : weights_.parameters;
  const auto found = place.find(request.name);
  if (found == place.end() && request.optional) return {};
  if (found == place.end())
    user_error("{}: has no {} '{}', which this network needs{}", weights_.origin,
               request.buffer ? "buffer" : "parameter", request.name, did_you_mean(request.name, weights_.names()));
  if (found->second.sizes() != request.shape)
    user_error("{}: '{}' is {}, this network wants {}", weights_.origin, request.name,
               io::shape_text(found->second.sizes().vec()), io::shape_text(request.shape));
  used_.insert(request.name);
  return found->second;
}

std::vector<std::string> GivenSource::unused() const {
  std::vector<std::string> names;
  for (const auto& name : weights_.names())
    if (used_.count(name) == 0) names.push_back(name);
  return names;
}

Scope Scope::operator/(std::string_view name) const {
  Scope deeper = *this;
  deeper.path_ = below(name);
  return deeper;
}

at::Tensor Scope::parameter(std::string_view name, std::vector<int64_t> shape, const Initialiser& initialiser) const {
  return source_->get({.name = below(name), .shape = std::move(shape), .initialiser = initialiser});
}

at::Tensor Scope::buffer(std::string_view name, std::vector<int64_t> shape, const Initialiser& initialiser) const {
  return source_->get({.name = below(name), .shape = std::move(shape), .initialiser = initialiser, .buffer = true});
}

at::Tensor Scope::counter(std::string_view name) const {
  return source_->get({.name = below(name),
                       .shape = {},
                       .initialiser = Initialiser::zeros(),
                       .buffer = true,
                       .optional = true,
                       .counter = true});
}

RandomTree Scope::random() const {
  RT_CHECK(mode_.random.has_value(), "{}: draws random numbers in training, but was given no stream", path_);
  return mode_.random->child(path_);
}

Scope Scope::with_folded(const FoldedNorms& folded) const {
  Scope same = *this;
  same.mode_.folded = &folded;
  return same;
}

at::Tensor Scope::record_map(at::Tensor output) const {
  if (mode_.record) mode_.record->maps.push_back({path_, output});
  return output;
}

void Scope::record_norm(const at::Tensor& input, double eps) const {
  if (mode_.record) mode_.record->norms.push_back({path_, input, eps});
}

at::Tensor Scope::tap(at::Tensor value) const {
  offer(path_, value);
  return value;
}

void Scope::tap_input(const at::Tensor& value) const {
  if (taps_ || ear_) offer(path_ + ".input", value);
}

void Scope::offer(const std::string& name, const at::Tensor& value) const {
  if (ear_) ear_->offer(name, value);  // first: the other may end the run here
  if (taps_) taps_->offer(name, value);
}

Scope Scope::heard_by(Taps& ear) const {
  Scope same = *this;
  same.ear_ = &ear;
  return same;
}

std::string Scope::below(std::string_view name) const {
  return path_.empty() ? std::string(name) : path_ + "." + std::string(name);
}

}  // namespace retort::nn
