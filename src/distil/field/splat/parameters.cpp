#include "distil/field/splat/parameters.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/errors.h"

namespace retort::splat {

namespace {

/// "" when fine, else what is wrong with one of the tensors.
std::string fault_of_parameters(const SplatParameters& parameters) {
  const auto shape_of = [](const at::Tensor& tensor) {
    return fmt::format("[{}]", fmt::join(tensor.sizes().vec(), ","));
  };
  for (const auto& [name, tensor] : parameters.named()) {
    if (!tensor->defined()) return fmt::format("{} is missing", name);
    if (tensor->scalar_type() != at::kFloat || !tensor->device().is_cpu() || !tensor->is_contiguous()) {
      return fmt::format("{} is not a contiguous float32 tensor on the CPU", name);
    }
  }
  if (parameters.means.dim() != 2)
    return fmt::format("means has shape {}, should be [P,3]", shape_of(parameters.means));
  const int64_t splats = parameters.size();
  const auto misfit = [&](const char* name, const at::Tensor& tensor, const std::vector<int64_t>& shape) {
    return tensor.sizes() == at::IntArrayRef(shape)
               ? std::string()
               : fmt::format("{} has shape {}, should be [{}]", name, shape_of(tensor), fmt::join(shape, ","));
  };
  for (const auto& fault :
       {misfit("means", parameters.means, {splats, 3}), misfit("sh", parameters.sh, {splats, 16, 3}),
        misfit("opacity_logits", parameters.opacity_logits, {splats}),
        misfit("log_scales", parameters.log_scales, {splats, 3}),
        misfit("quaternions", parameters.quaternions, {splats, 4})}) {
    if (!fault.empty()) return fault;
  }
  if (parameters.features.dim() != 2 || parameters.features.size(0) != splats) {
    return fmt::format("features has shape {}, should be [{},N]", shape_of(parameters.features), splats);
  }
  return "";
}

}  // namespace

std::array<std::pair<const char*, at::Tensor*>, 6> SplatParameters::named() {
  return {{{"means", &means},
           {"sh", &sh},
           {"opacity_logits", &opacity_logits},
           {"log_scales", &log_scales},
           {"quaternions", &quaternions},
           {"features", &features}}};
}

std::array<std::pair<const char*, const at::Tensor*>, 6> SplatParameters::named() const {
  return {{{"means", &means},
           {"sh", &sh},
           {"opacity_logits", &opacity_logits},
           {"log_scales", &log_scales},
           {"quaternions", &quaternions},
           {"features", &features}}};
}

void SplatParameters::check() const {
  const std::string what = fault_of_parameters(*this);
  RT_CHECK(what.empty(), "splat parameters: {}", what);
}

void put_parameters(const SplatParameters& parameters, const std::string& prefix,
                    std::map<std::string, at::Tensor>& tensors) {
  for (const auto& [name, tensor] : parameters.named()) tensors[prefix + name] = *tensor;
}

SplatParameters take_parameters(const std::map<std::string, at::Tensor>& tensors, const std::string& prefix,
                                const std::string& source) {
  SplatParameters parameters;
  for (const auto& [name, tensor] : parameters.named()) {
    const auto found = tensors.find(prefix + name);
    if (found == tensors.end()) user_error("{}: tensor '{}{}' is missing", source, prefix, name);
    *tensor = found->second;
  }
  const std::string what = fault_of_parameters(parameters);
  if (!what.empty()) user_error("{}: {}{}", source, prefix, what);
  return parameters;
}

}  // namespace retort::splat
