#include "nn/weights.h"

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "core/errors.h"
#include "core/text.h"
#include "io/array.h"
#include "io/array_file.h"
#include "io/tensor/tensor_io.h"

namespace retort::nn {

namespace {
bool names_a_buffer(const std::string& name) {
  return name.ends_with("running_mean") || name.ends_with("running_var") || name.ends_with("num_batches_tracked");
}
}  // namespace

at::Tensor Weights::find(const std::string& name) const {
  if (const auto found = parameters.find(name); found != parameters.end()) return found->second;
  const auto found = buffers.find(name);
  return found == buffers.end() ? at::Tensor() : found->second;
}

std::vector<int64_t> Weights::shape_of(const std::string& name) const {
  const auto tensor = find(name);
  if (!tensor.defined()) user_error("{}: has no tensor '{}'{}", origin, name, did_you_mean(name, names()));
  return tensor.sizes().vec();
}

std::vector<std::string> Weights::names() const {
  std::vector<std::string> all;
  for (const auto& [name, tensor] : parameters) all.push_back(name);
  for (const auto& [name, tensor] : buffers) all.push_back(name);
  return all;
}

Weights weights_from(std::map<std::string, at::Tensor> tensors, std::string origin) {
  Weights weights;
  weights.origin = std::move(origin);
  for (auto& [name, tensor] : tensors)
    (names_a_buffer(name) ? weights.buffers : weights.parameters)[name] = std::move(tensor);
  return weights;
}

Weights load_weights(const std::filesystem::path& file, std::string_view prefix) {
  Weights weights;
  weights.origin = file.string();
  const auto arrays = io::read_arrays(file);
  for (const auto& [name, array] : arrays) {
    if (!name.starts_with(prefix)) continue;
    auto tensor = io::to_tensor(array);
    if (tensor.is_floating_point()) tensor = tensor.to(at::kFloat);
    (names_a_buffer(name) ? weights.buffers : weights.parameters)[name] = std::move(tensor);
  }
  if (weights.parameters.empty() && !arrays.empty() && !prefix.empty())
    user_error("{}: holds no tensor '{}...', but '{}'; are these another network's weights?", weights.origin, prefix,
               arrays.begin()->first);
  if (weights.parameters.empty()) user_error("{}: holds no tensors; a network's weights are needed", weights.origin);
  return weights;
}

std::map<std::string, at::Tensor> named_tensors(const Weights& weights) {
  std::map<std::string, at::Tensor> tensors;
  for (const auto& [name, tensor] : weights.parameters) tensors[name] = tensor.detach();
  for (const auto& [name, tensor] : weights.buffers) tensors[name] = tensor.detach();
  return tensors;
}

Weights copy_of(const Weights& weights) {
  Weights copy = weights;
  for (auto* place : {&copy.parameters, &copy.buffers})
    for (auto& [name, tensor] : *place) tensor = tensor.detach().clone();
  return copy;
}

int64_t parameter_count(const Weights& weights) {
  int64_t count = 0;
  for (const auto& [name, tensor] : weights.parameters) count += tensor.numel();
  return count;
}

at::Tensor flat_parameters(const Weights& weights) {
  RT_CHECK(weights.parameter_order.size() == weights.parameters.size(), "{}: the order of the parameters is not known",
           weights.origin);
  std::vector<at::Tensor> pieces;
  for (const auto& name : weights.parameter_order) pieces.push_back(weights.parameters.at(name).reshape({-1}));
  return at::cat(pieces);
}

Weights weights_on(const at::Tensor& flat, const Weights& like) {
  RT_CHECK(like.parameter_order.size() == like.parameters.size(), "{}: the order of the parameters is not known",
           like.origin);
  Weights views = like;
  int64_t begin = 0;
  for (const auto& name : like.parameter_order) {
    auto& tensor = views.parameters.at(name);
    const int64_t count = tensor.numel();
    RT_CHECK(begin + count <= flat.numel(), "{} parameters are too few for '{}'", flat.numel(), name);
    tensor = flat.narrow(0, begin, count).view(tensor.sizes());
    begin += count;
  }
  RT_CHECK(begin == flat.numel(), "{} parameters, the network has {}", flat.numel(), begin);
  return views;
}

WeightDifferences compare_weights(const Weights& given, const Weights& wanted) {
  WeightDifferences differences;
  for (const auto& name : wanted.names()) {
    const auto want = wanted.find(name), have = given.find(name);
    if (!have.defined()) {
      if (!name.ends_with("num_batches_tracked")) differences.missing.push_back(name);
    } else if (have.sizes() != want.sizes()) {
      differences.misshapen.push_back(fmt::format("{}: {}, wanted {}", name, io::shape_text(have.sizes().vec()),
                                                  io::shape_text(want.sizes().vec())));
    }
  }
  for (const auto& name : given.names())
    if (!wanted.find(name).defined()) differences.unexpected.push_back(name);
  return differences;
}

Weights matched_weights(const Weights& given, const Weights& wanted) {
  const auto differences = compare_weights(given, wanted);
  if (!differences.none()) {
    std::string text;
    const auto add = [&](const char* what, const std::vector<std::string>& names) {
      constexpr size_t most = 8;
      if (names.empty()) return;
      const std::vector<std::string> shown(names.begin(), names.begin() + std::min(names.size(), most));
      text += fmt::format("\n  {} {}: {}{}", names.size(), what, fmt::join(shown, ", "),
                          names.size() > most ? ", ..." : "");
    };
    add("missing", differences.missing);
    add("unexpected", differences.unexpected);
    add("of another shape", differences.misshapen);
    user_error("{}: are not this network's weights{}", given.origin, text);
  }
  Weights matched = wanted;
  matched.origin = given.origin;
  for (auto* place : {&matched.parameters, &matched.buffers})
    for (auto& [name, tensor] : *place)
      if (const auto have = given.find(name); have.defined()) tensor = have;
  return matched;
}

}  // namespace retort::nn
