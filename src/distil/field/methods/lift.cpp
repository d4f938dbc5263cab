#include "distil/field/methods/lift.h"

#include <ATen/ATen.h>

#include <cstring>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/errors.h"
#include "metrics/unit_vectors.h"

namespace retort::field {

namespace {
constexpr int64_t lift_values_per_task = 1 << 15;
constexpr float least_weight = 1e-6f;  // pixels; below, the mean is one of rounding errors
}  // namespace

std::optional<SegmentedMap> segments_of(const TeacherTarget& target) {
  const int64_t channels = target.channels(), pixels = int64_t{target.height()} * target.width();
  const int64_t limit = std::min(most_segments, channels / 2);
  const auto bytes = static_cast<size_t>(channels * target.values.element_size());
  const char* data = static_cast<const char*>(target.values.data_ptr());
  std::unordered_map<std::string_view, int64_t> found;
  std::vector<int64_t> segment(pixels), first_pixels;
  for (int64_t pixel = 0; pixel < pixels; ++pixel) {
    const auto [place, is_new] = found.try_emplace({data + pixel * bytes, bytes}, int64_t(first_pixels.size()));
    segment[pixel] = place->second;
    if (!is_new) continue;
    first_pixels.push_back(pixel);
    if (int64_t(first_pixels.size()) > limit) return std::nullopt;
  }
  const auto count = static_cast<int64_t>(first_pixels.size());
  SegmentedMap map{.vectors = target.values.view({pixels, channels})
                                  .index_select(0, at::tensor(first_pixels, at::kLong))
                                  .to(at::kFloat)
                                  .contiguous(),
                   .one_hot = at::zeros({target.height(), target.width(), count}, at::kFloat)};
  float* one_hot = map.one_hot.data_ptr<float>();
  for (int64_t pixel = 0; pixel < pixels; ++pixel) one_hot[pixel * count + segment[pixel]] = 1;
  return map;
}

FeatureLifter::FeatureLifter(int64_t splats, int64_t channels, splat::MapFilter filter, LiftLengths lengths,
                             ThreadPool& pool)
    : filter_(filter),
      lengths_(lengths),
      pool_(pool),
      sums_(at::zeros({splats, channels}, at::kFloat)),
      weights_(at::zeros({splats}, at::kFloat)) {}

// Rendering is linear in the features, so its adjoint applied to a map is sum_p w(p) map(p) for every splat: [P,C].
at::Tensor FeatureLifter::spread(splat::Renderer& renderer, const at::Tensor& map) const {
  auto result = at::empty({weights_.size(0), map.size(2)}, at::kFloat);
  const auto values = at::zeros_like(result);
  renderer.backward_group({.values = values.data_ptr<float>(),
                           .channels = static_cast<int>(map.size(2)),
                           .map_width = static_cast<int>(map.size(1)),
                           .map_height = static_cast<int>(map.size(0)),
                           .filter = filter_},
                          map.data_ptr<float>(), result.data_ptr<float>());
  return result;
}

void FeatureLifter::add_view(splat::Renderer& renderer, const TeacherTarget& target) {
  RT_CHECK(target.channels() == sums_.size(1), "lifting: map of {} channels, field of {}", target.channels(),
           sums_.size(1));
  TeacherTarget wanted = target;
  if (lengths_ == LiftLengths::unit) wanted.values = metrics::unit_vectors(target.values.to(at::kFloat)).contiguous();
  at::Tensor sums, weights;
  if (const auto segments = segments_of(wanted)) {
    const auto shares = spread(renderer, segments->one_hot);
    sums = at::mm(shares, segments->vectors);
    weights = shares.sum(1);
    ++segmented_views_;
  } else {
    sums = spread(renderer, wanted.values.to(at::kFloat).contiguous());
    weights = spread(renderer, at::ones({target.height(), target.width(), 1}, at::kFloat)).squeeze(1);
  }
  float *total = sums_.data_ptr<float>(), *total_weights = weights_.data_ptr<float>();
  const float *more = sums.data_ptr<float>(), *more_weights = weights.data_ptr<float>();
  pool_.parallel_for(sums_.numel(), lift_values_per_task, [&](int64_t begin, int64_t end) {
    for (int64_t index = begin; index < end; ++index) total[index] += more[index];
  });
  for (int64_t splat = 0; splat < weights_.size(0); ++splat) total_weights[splat] += more_weights[splat];
}

at::Tensor FeatureLifter::features() const {
  const auto seen = weights_.gt(least_weight).unsqueeze(1);
  auto features = at::where(seen, sums_ / weights_.clamp_min(least_weight).unsqueeze(1), at::zeros({}, at::kFloat));
  if (lengths_ == LiftLengths::unit) features = metrics::unit_vectors(features);
  return features.contiguous();
}

void FeatureLifter::save(std::map<std::string, at::Tensor>& tensors) const {
  tensors["lift.sums"] = sums_;
  tensors["lift.weights"] = weights_;
}

void FeatureLifter::load(const std::map<std::string, at::Tensor>& tensors, const std::string& source) {
  const auto take = [&](const char* name, at::Tensor& into) {
    const auto found = tensors.find(name);
    if (found == tensors.end() || found->second.sizes() != into.sizes()) {
      user_error("{}: '{}' is missing or of another shape than the field", source, name);
    }
    into = found->second.clone();
  };
  take("lift.sums", sums_);
  take("lift.weights", weights_);
}

}  // namespace retort::field
