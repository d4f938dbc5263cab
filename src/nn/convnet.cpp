#include "nn/convnet.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "core/registries.h"
#include "nn/layers.h"
#include "nn/norms.h"
#include "nn/parity_weights.h"
#include "run/parity.h"

namespace retort::nn {

namespace {
at::Tensor convnet_norm(const Scope& scope, const at::Tensor& x, ConvNetNorm norm) {
  switch (norm) {
    case ConvNetNorm::instancenorm:
      return group_norm(scope, x, x.size(1));
    case ConvNetNorm::batchnorm:
      return batch_norm(scope, x);
    case ConvNetNorm::layernorm:
      return layer_norm(scope, x, 1e-5, 3);
    case ConvNetNorm::groupnorm:
      return group_norm(scope, x, 4);
    case ConvNetNorm::none:
      break;
  }
  return x;
}

at::Tensor convnet_activation(const Scope& scope, const at::Tensor& x, ConvNetActivation activation) {
  switch (activation) {
    case ConvNetActivation::relu:
      return relu(scope, x);
    case ConvNetActivation::leakyrelu:
      return leaky_relu(scope, x, 0.01);
    case ConvNetActivation::sigmoid:
      return scope.tap(at::sigmoid(x));
    case ConvNetActivation::swish:
      break;
  }
  return silu(scope, x);
}
}  // namespace

std::vector<std::string> choices(ConvNetNorm) {
  return {"instancenorm", "batchnorm", "layernorm", "groupnorm", "none"};
}
std::vector<std::string> choices(ConvNetActivation) { return {"relu", "leakyrelu", "sigmoid", "swish"}; }
std::vector<std::string> choices(ConvNetPooling) { return {"avgpooling", "maxpooling", "none"}; }

at::Tensor convnet(const Scope& scope, const at::Tensor& image, const ConvNetOptions& options) {
  const auto features = scope / "features";
  int place = 0;
  const auto next = [&] { return features / std::to_string(place++); };
  auto x = image;
  for (int64_t block = 0; block < options.depth; ++block) {
    const int64_t padding = block == 0 && image.size(1) == 1 ? 3 : 1;
    x = conv2d(next(), x, {.out_channels = options.width, .kernel = 3, .padding = padding});
    if (options.norm != ConvNetNorm::none) x = convnet_norm(next(), x, options.norm);
    x = convnet_activation(next(), x, options.activation);
    if (options.pooling == ConvNetPooling::avgpooling) x = average_pool2d(next(), x, 2, 2);
    if (options.pooling == ConvNetPooling::maxpooling) x = max_pool2d(next(), x, {.kernel = 2, .stride = 2});
  }
  return linear(scope / "classifier", x.flatten(1), {.out_features = options.classes});
}

ConvNetOptions convnet_options_of(const run::ParityCall& call) {
  return {.width = call.integer("width", 128),
          .depth = call.integer("depth", 3),
          .norm = choice_of<ConvNetNorm>(call, "norm", "instancenorm"),
          .activation = choice_of<ConvNetActivation>(call, "activation", "relu"),
          .pooling = choice_of<ConvNetPooling>(call, "pooling", "avgpooling"),
          .classes = call.integer("classes", 10)};
}

}  // namespace retort::nn

namespace retort {

void register_convnet(Registries& registries) {
  for (const int64_t depth : {3, 4, 5}) {
    for (const auto norm : {nn::ConvNetNorm::instancenorm, nn::ConvNetNorm::batchnorm}) {
      const nn::ConvNetOptions options{.depth = depth, .norm = norm};
      const auto name = fmt::format("convnet_d{}{}", depth, norm == nn::ConvNetNorm::batchnorm ? "_bn" : "");
      nn::add_network(
          registries,
          {.summary = fmt::format("{} blocks of 128 filters with {}", depth, nn::choices(norm)[static_cast<int>(norm)]),
           .source = "VICO-UoE/DatasetCondensation, networks.py, ConvNet"},
          {.name = name, .pooled = "classifier.input", .classifier = "classifier"}, nn::convnet, options);
    }
  }
  registries.parity.add("dataset.convnet.forward",
                        {.summary = "ConvNet: logits and the classifier's input",
                         .source = "VICO-UoE/DatasetCondensation, networks.py, ConvNet",
                         .inputs = {{"x", "[B,C,H,W]"}},
                         .states = {{"*", "[...]", "any"}},
                         .options = {"channels", "classes", "height", "width_in", "width", "depth", "activation",
                                     "norm", "pooling", "training"},
                         .outputs = {{"logits", "[B,K]"}, {"features", "[B,D]"}},
                         .run = [](run::ParityCall& call) {
                           const auto weights = nn::parity_weights(call);
                           nn::GivenSource source(weights);
                           nn::Taps taps({"classifier.input"});
                           const nn::Scope scope(source, &taps, {.training = call.flag("training", true)});
                           call.output("logits", nn::convnet(scope, call.input("x"), nn::convnet_options_of(call)));
                           call.output("features", taps.at("classifier.input"));
                         }});
}

}  // namespace retort
