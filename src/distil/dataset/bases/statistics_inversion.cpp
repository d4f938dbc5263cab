#include "distil/dataset/bases/statistics_inversion.h"

#include <ATen/ATen.h>

#include "core/errors.h"
#include "core/registries.h"
#include "nn/convnet.h"
#include "nn/parity_weights.h"
#include "nn/taps.h"

namespace retort::dataset {

namespace {
const at::Tensor& statistic(const nn::Weights& weights, const std::string& name) {
  const auto found = weights.buffers.find(name);
  if (found == weights.buffers.end()) user_error("{}: no running statistics '{}'", weights.origin, name);
  return found->second;
}

/// Batch norms of a ConvNet: the second of four layers a block.
std::vector<std::string> convnet_batch_norms(const nn::ConvNetOptions& options) {
  std::vector<std::string> paths;
  const int layers = options.pooling == nn::ConvNetPooling::none ? 3 : 4;
  for (int block = 0; block < options.depth; ++block) paths.push_back("features." + std::to_string(layers * block + 1));
  return paths;
}
}  // namespace

at::Tensor batch_statistics_distance(const at::Tensor& x, const at::Tensor& running_mean,
                                     const at::Tensor& running_var) {
  RT_CHECK(x.dim() == 4, "statistics of a batch norm's input [B,C,H,W], here {} dimensions", x.dim());
  const auto mean = x.mean({0, 2, 3});
  const auto variance = at::var(x, {0, 2, 3}, /*unbiased=*/false);
  return (running_var - variance).norm(2) + (running_mean - mean).norm(2);
}

RecoverLoss recover_loss(const std::function<at::Tensor(const nn::Scope&, const at::Tensor&)>& network,
                         const nn::Weights& weights, const std::vector<std::string>& batch_norms, const at::Tensor& x,
                         const at::Tensor& y, const RecoverOptions& options) {
  std::vector<std::string> inputs;
  for (const auto& path : batch_norms) inputs.push_back(path + ".input");
  nn::Taps taps(inputs);
  nn::GivenSource source(weights);
  RecoverLoss loss;
  loss.cross_entropy = at::cross_entropy_loss(network(nn::Scope(source, &taps), x), y);
  loss.bn = at::zeros({}, x.options());
  for (size_t i = 0; i < batch_norms.size(); ++i) {
    const double weight = i == 0 ? options.first_bn_multiplier : 1;
    loss.bn = loss.bn + weight * batch_statistics_distance(taps.at(inputs[i]),
                                                           statistic(weights, batch_norms[i] + ".running_mean"),
                                                           statistic(weights, batch_norms[i] + ".running_var"));
  }
  loss.value = loss.cross_entropy + options.r_bn * loss.bn;
  return loss;
}

}  // namespace retort::dataset

namespace retort {

void register_statistics_inversion(Registries& registries) {
  registries.parity.add("dataset.sre2l.bn_feature",
                        {.summary = "distance of a batch's statistics from the running ones",
                         .source = "VILA-Lab/SRe2L, SRe2L/recover/utils.py, BNFeatureHook",
                         .inputs = {{"x", "[B,C,H,W]"}, {"running_mean", "[C]"}, {"running_var", "[C]"}},
                         .outputs = {{"value", "[]"}},
                         .run = [](run::ParityCall& call) {
                           call.output("value",
                                       dataset::batch_statistics_distance(call.input("x"), call.input("running_mean"),
                                                                          call.input("running_var")));
                         }});
  registries.parity.add(
      "dataset.sre2l.recover_loss",
      {.summary = "loss of pictures recovered from a network",
       .source = "VILA-Lab/SRe2L, SRe2L/recover/data_synthesis.py, get_images",
       .inputs = {{"x", "[B,C,H,W]"}, {"y", "[B]", "i64"}},
       .states = {{"*", "[...]", "any"}},
       .options = {"channels", "classes", "height", "width_in", "width", "depth", "activation", "norm", "pooling",
                   "r_bn", "first_bn_multiplier"},
       .outputs = {{"cross_entropy", "[]"}, {"bn", "[]"}, {"value", "[]"}},
       .run = [](run::ParityCall& call) {
         auto convnet = nn::convnet_options_of(call);
         convnet.norm = nn::ConvNetNorm::batchnorm;
         const auto weights = nn::parity_weights(call);
         const auto loss = dataset::recover_loss(
             [&](const nn::Scope& s, const at::Tensor& x) { return nn::convnet(s, x, convnet); }, weights,
             dataset::convnet_batch_norms(convnet), call.input("x"), call.input("y"),
             {.r_bn = call.number("r_bn", 0.01), .first_bn_multiplier = call.number("first_bn_multiplier", 10)});
         call.output("cross_entropy", loss.cross_entropy);
         call.output("bn", loss.bn);
         call.output("value", loss.value);
       }});
}

}  // namespace retort
