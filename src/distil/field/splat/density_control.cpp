#include "distil/field/splat/density_control.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "core/errors.h"
#include "distil/field/splat/morton.h"

namespace retort::splat {

namespace {

constexpr int64_t splats_per_task = 4096;

/// Row i of the result is a copy of row source[i]; new rows have no optimiser history.
struct RowPlan {
  std::vector<int64_t> source;
  std::vector<uint8_t> is_new;
};

/// Copies rows; new ones become zero instead when `zero_new`.
at::Tensor gather_rows(const at::Tensor& from, const RowPlan& plan, bool zero_new, ThreadPool& pool) {
  const int64_t rows = static_cast<int64_t>(plan.source.size());
  std::vector<int64_t> shape = from.sizes().vec();
  shape[0] = rows;
  at::Tensor to = at::empty(shape, from.options());
  const int64_t length = from.size(0) == 0 ? 0 : from.numel() / from.size(0);
  if (length == 0) return to;
  const float* source = from.data_ptr<float>();
  float* target = to.data_ptr<float>();
  pool.parallel_for(rows, splats_per_task, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      if (zero_new && plan.is_new[row]) {
        std::memset(target + row * length, 0, length * sizeof(float));
      } else {
        std::memcpy(target + row * length, source + plan.source[row] * length, length * sizeof(float));
      }
    }
  });
  return to;
}

/// A draw from the Gaussian itself: mean + R(q) (scale * normal).
void sample_position(const float* mean, const float* quaternion, const float* log_scale, RandomGenerator& random,
                     float* position) {
  const double norm = std::sqrt(double(quaternion[0]) * quaternion[0] + double(quaternion[1]) * quaternion[1] +
                                double(quaternion[2]) * quaternion[2] + double(quaternion[3]) * quaternion[3]);
  const double w = quaternion[0] / norm, x = quaternion[1] / norm, y = quaternion[2] / norm, z = quaternion[3] / norm;
  const double rotation[9] = {1 - 2 * (y * y + z * z), 2 * (x * y - w * z),     2 * (x * z + w * y),
                              2 * (x * y + w * z),     1 - 2 * (x * x + z * z), 2 * (y * z - w * x),
                              2 * (x * z - w * y),     2 * (y * z + w * x),     1 - 2 * (x * x + y * y)};
  double offset[3];
  for (int axis = 0; axis < 3; ++axis) offset[axis] = std::exp(double(log_scale[axis])) * random.normal();
  for (int axis = 0; axis < 3; ++axis) {
    position[axis] = static_cast<float>(mean[axis] + rotation[3 * axis] * offset[0] +
                                        rotation[3 * axis + 1] * offset[1] + rotation[3 * axis + 2] * offset[2]);
  }
}

/// Positions of all rows of the decision, pruned ones included: what is drawn for a row must not depend on the pruning.
std::vector<float> decided_positions(const SplatParameters& parameters, const DensifyDecision& decision,
                                     RandomGenerator& random) {
  const float *means = parameters.means.data_ptr<float>(), *quaternions = parameters.quaternions.data_ptr<float>(),
              *log_scales = parameters.log_scales.data_ptr<float>();
  std::vector<float> positions(3 * decision.source.size());
  for (size_t row = 0; row < decision.source.size(); ++row) {
    const int64_t splat = decision.source[row];
    float* position = positions.data() + 3 * row;
    if (static_cast<int64_t>(row) < decision.first_split_row) {
      std::copy_n(means + 3 * splat, 3, position);
    } else {
      sample_position(means + 3 * splat, quaternions + 4 * splat, log_scales + 3 * splat, random, position);
    }
  }
  return positions;
}

/// Rows of the decision that survive, in their final order.
std::vector<int64_t> surviving_rows(const DensifyDecision& decision, const std::vector<float>& positions,
                                    bool in_morton_order) {
  std::vector<int64_t> rows;
  for (size_t row = 0; row < decision.prune.size(); ++row) {
    if (!decision.prune[row]) rows.push_back(static_cast<int64_t>(row));
  }
  if (!in_morton_order) return rows;
  std::vector<float> kept;
  kept.reserve(3 * rows.size());
  for (const int64_t row : rows) kept.insert(kept.end(), positions.begin() + 3 * row, positions.begin() + 3 * row + 3);
  std::vector<int64_t> ordered;
  ordered.reserve(rows.size());
  for (const int64_t place : morton_order(kept.data(), static_cast<int64_t>(rows.size())))
    ordered.push_back(rows[place]);
  return ordered;
}

void rebuild(SplatParameters& parameters, train::AdamState& adam, const DensifyDecision& decision,
             const std::vector<int64_t>& rows, const std::vector<float>& positions, ThreadPool& pool) {
  RowPlan plan;
  for (const int64_t row : rows) {
    plan.source.push_back(decision.source[row]);
    plan.is_new.push_back(row >= decision.first_clone_row);
  }
  for (const auto& [name, tensor] : parameters.named()) {
    const int64_t before = tensor->size(0);
    *tensor = gather_rows(*tensor, plan, false, pool);
    const auto moments = adam.find(name);
    if (moments == adam.end()) continue;
    RT_CHECK(moments->second.first.size(0) == before, "moments of {} have {} rows, the parameter {}", name,
             moments->second.first.size(0), before);
    moments->second.first = gather_rows(moments->second.first, plan, true, pool);
    moments->second.second = gather_rows(moments->second.second, plan, true, pool);
  }
  const float shrinkage = static_cast<float>(split_log_shrinkage());
  float *means = parameters.means.data_ptr<float>(), *log_scales = parameters.log_scales.data_ptr<float>();
  for (size_t index = 0; index < rows.size(); ++index) {
    if (rows[index] < decision.first_split_row) continue;
    std::copy_n(positions.data() + 3 * rows[index], 3, means + 3 * index);
    for (int axis = 0; axis < 3; ++axis) log_scales[3 * index + axis] -= shrinkage;
  }
}

}  // namespace

DensityController::DensityController(int64_t splats, ThreadPool& pool) : pool_(pool) { reset(splats); }

void DensityController::reset(int64_t splats) {
  gradient_accum_.assign(splats, 0.f);
  count_.assign(splats, 0);
  max_radii_.assign(splats, 0);
}

void DensityController::accumulate(std::span<const float> ndc_gradient, std::span<const int32_t> radii) {
  const int64_t splats = static_cast<int64_t>(count_.size());
  RT_CHECK(static_cast<int64_t>(ndc_gradient.size()) == 2 * splats && static_cast<int64_t>(radii.size()) == splats,
           "density control of {} splats was given {} gradient values and {} radii", splats, ndc_gradient.size(),
           radii.size());
  pool_.parallel_for(splats, splats_per_task, [&](int64_t begin, int64_t end) {
    for (int64_t splat = begin; splat < end; ++splat) {
      if (radii[splat] <= 0) continue;
      const float x = ndc_gradient[2 * splat], y = ndc_gradient[2 * splat + 1];
      gradient_accum_[splat] += std::sqrt(x * x + y * y);
      ++count_[splat];
      max_radii_[splat] = std::max(max_radii_[splat], radii[splat]);
    }
  });
}

DensityChange DensityController::densify_and_prune(SplatParameters& parameters, train::AdamState& adam,
                                                   RandomGenerator random, const DensityControlOptions& options) {
  parameters.check();
  RT_CHECK(parameters.size() == static_cast<int64_t>(count_.size()), "density control of {} splats was given {}",
           count_.size(), parameters.size());
  const DensifyEvidence<float> evidence{.gradient_accum = gradient_accum_.data(),
                                        .count = count_.data(),
                                        .log_scales = parameters.log_scales.data_ptr<float>(),
                                        .opacity_logits = parameters.opacity_logits.data_ptr<float>(),
                                        .splats = parameters.size()};
  const DensifyDecision decision = densify_decision(evidence, options.thresholds, options.max_splats);
  const std::vector<float> positions = decided_positions(parameters, decision, random);
  const std::vector<int64_t> rows = surviving_rows(decision, positions, options.morton_order);
  rebuild(parameters, adam, decision, rows, positions, pool_);
  reset(parameters.size());
  return {.cloned = std::count(decision.clone.begin(), decision.clone.end(), 1),
          .split = std::count(decision.split.begin(), decision.split.end(), 1),
          .pruned = std::count(decision.prune.begin(), decision.prune.end(), 1)};
}

void DensityController::save(const std::string& prefix, std::map<std::string, at::Tensor>& tensors) const {
  tensors[prefix + "gradient_accum"] = at::tensor(gradient_accum_, at::kFloat);
  tensors[prefix + "count"] = at::tensor(count_, at::kLong);
  tensors[prefix + "max_radii"] = at::tensor(max_radii_, at::kInt);
}

void DensityController::load(const std::map<std::string, at::Tensor>& tensors, const std::string& prefix,
                             int64_t splats, const std::string& source) {
  const auto take = [&](const char* name, at::ScalarType dtype) {
    const auto found = tensors.find(prefix + name);
    if (found == tensors.end()) user_error("{}: tensor '{}{}' is missing", source, prefix, name);
    const at::Tensor& tensor = found->second;
    if (tensor.scalar_type() != dtype || tensor.dim() != 1 || tensor.size(0) != splats) {
      user_error("{}: tensor '{}{}' should be a {} vector of {} elements", source, prefix, name, c10::toString(dtype),
                 splats);
    }
    return tensor.contiguous();
  };
  const at::Tensor gradient_accum = take("gradient_accum", at::kFloat), count = take("count", at::kLong),
                   max_radii = take("max_radii", at::kInt);
  gradient_accum_.assign(gradient_accum.data_ptr<float>(), gradient_accum.data_ptr<float>() + splats);
  count_.assign(count.data_ptr<int64_t>(), count.data_ptr<int64_t>() + splats);
  max_radii_.assign(max_radii.data_ptr<int32_t>(), max_radii.data_ptr<int32_t>() + splats);
}

void reset_opacity(SplatParameters& parameters, train::AdamState& adam, double highest_opacity) {
  const double highest_logit = std::log(highest_opacity / (1 - highest_opacity));
  parameters.opacity_logits = parameters.opacity_logits.clamp_max(highest_logit);
  const auto moments = adam.find("opacity_logits");
  if (moments == adam.end()) return;
  moments->second.first = at::zeros_like(parameters.opacity_logits);
  moments->second.second = at::zeros_like(parameters.opacity_logits);
}

}  // namespace retort::splat
