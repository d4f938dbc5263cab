#include "nn/fold_norms.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/function.h>

#include <algorithm>
#include <map>

#include "core/errors.h"

namespace retort::nn {

namespace {
using GraphNode = torch::autograd::Node;

/// How often the result of each operation is read by others on the way to `results`, being a result counted as well.
std::map<const GraphNode*, int64_t> uses_of_operations(const std::vector<at::Tensor>& results) {
  std::map<const GraphNode*, int64_t> uses;
  std::vector<const GraphNode*> open;
  const auto use = [&](const GraphNode* node) {
    if (node != nullptr && ++uses[node] == 1) open.push_back(node);
  };
  for (const auto& result : results) use(result.grad_fn().get());
  while (!open.empty()) {
    const GraphNode* node = open.back();
    open.pop_back();
    for (const auto& edge : node->next_edges()) use(edge.function.get());
  }
  return uses;
}

int64_t count_of_path(const std::vector<FoldingRecord::Seen>& seen, const std::string& path) {
  return std::count_if(seen.begin(), seen.end(), [&](const auto& one) { return one.path == path; });
}

struct FoldedPair {
  std::string map, norm;  ///< paths
  double eps;
};

/// Runs the network and pairs each batch norm with the layer that it alone reads.
std::vector<FoldedPair> pairs_to_fold(const Network& network, const Weights& weights,
                                      const std::vector<std::string>& tapped) {
  const at::AutoGradMode with_graph(true);
  FoldingRecord record;
  GivenSource source(weights);
  Taps taps(tapped);
  auto shape = network.image;
  shape.insert(shape.begin(), 1);
  RT_CHECK(!weights.parameters.empty(), "{}: no parameters to fold batch norms into", weights.origin);
  // The picture's gradient is reason enough for a graph through all layers.
  const auto picture = at::zeros(shape, weights.parameters.begin()->second.options()).requires_grad_(true);
  std::vector<at::Tensor> results = {network.forward(Scope(source, &taps, {.record = &record}), picture)};
  for (const auto& name : tapped) results.push_back(taps.at(name));
  auto uses = uses_of_operations(results);
  std::vector<FoldedPair> pairs;
  for (const auto& norm : record.norms) {
    const auto map = std::find_if(record.maps.begin(), record.maps.end(),
                                  [&](const auto& one) { return one.tensor.is_same(norm.tensor); });
    if (map == record.maps.end()) continue;
    // Layers that share weights can't take in norms of one place.
    const bool works_once = count_of_path(record.maps, map->path) == 1 && count_of_path(record.norms, norm.path) == 1;
    // A linear layer's channels are the norm's only where the norm sees [B,C].
    const bool same_channels = map->tensor.dim() == 2 || weights.parameters.at(map->path + ".weight").dim() == 4;
    if (works_once && same_channels && uses[norm.tensor.grad_fn().get()] == 1)
      pairs.push_back({map->path, norm.path, norm.eps});
  }
  return pairs;
}

/// Takes a tensor of a batch norm out of the weights: float64 [C], or `otherwise` where the norm has none.
at::Tensor taken_out(std::map<std::string, at::Tensor>& tensors, const std::string& name, const at::Tensor& otherwise) {
  auto tensor = tensors.extract(name);
  return tensor.empty() ? otherwise : tensor.mapped().detach().to(at::kDouble);
}

void fold_into(Weights& weights, const FoldedPair& pair) {
  auto& weight = weights.parameters.at(pair.map + ".weight");
  const auto type = weight.options();
  const auto zeros = at::zeros({weight.size(0)}, type.dtype(at::kDouble));
  const auto of_norm = [&](const char* name) { return pair.norm + name; };
  const auto gamma = taken_out(weights.parameters, of_norm(".weight"), at::ones_like(zeros));
  const auto beta = taken_out(weights.parameters, of_norm(".bias"), zeros);
  const auto mean = taken_out(weights.buffers, of_norm(".running_mean"), zeros);
  const auto variance = taken_out(weights.buffers, of_norm(".running_var"), zeros);
  weights.buffers.erase(of_norm(".num_batches_tracked"));
  const auto bias = taken_out(weights.parameters, pair.map + ".bias", zeros);
  const auto scale = gamma / (variance + pair.eps).sqrt();
  std::vector<int64_t> by_output(weight.dim(), 1);
  by_output[0] = weight.size(0);
  weight = (weight.detach().to(at::kDouble) * scale.view(by_output)).to(type);
  weights.parameters[pair.map + ".bias"] = (beta + (bias - mean) * scale).to(type);
}
}  // namespace

FoldedNetwork fold_norms(const Network& network, const Weights& weights, const std::vector<std::string>& tapped) {
  const auto pairs = pairs_to_fold(network, weights, tapped);
  const at::NoGradGuard no_grad;
  const auto folded = std::make_shared<FoldedNorms>();
  FoldedNetwork result{.network = network, .weights = weights, .folded = folded};
  for (const auto& pair : pairs) {
    fold_into(result.weights, pair);
    folded->norms.insert(pair.norm);
    folded->biased.insert(pair.map);
  }
  // The order of a trained vector means nothing to weights that are not trained.
  result.weights.parameter_order.clear();
  result.network.forward = [forward = network.forward, folded = result.folded](const Scope& scope,
                                                                               const at::Tensor& x) {
    RT_CHECK(scope.path().empty(), "{}: a network with folded norms runs at the root of a scope", scope.path());
    return forward(scope.with_folded(*folded), x);
  };
  return result;
}

}  // namespace retort::nn
