// A network that a recipe can name: a function of a scope with the names of its notable activations.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/random.h"
#include "core/registries.h"
#include "nn/scope.h"

namespace retort::nn {

struct Network {
  std::string name;
  std::vector<int64_t> image = {3, 32, 32};  ///< [C,H,W] of an example input
  int64_t classes = 10;
  std::function<at::Tensor(const Scope&, const at::Tensor&)> forward = {};  ///< [B,C,H,W] -> logits [B,classes]
  bool dense = false;  ///< segmentation: logits are [B,classes,H,W], one row of scores a pixel of the picture
  /// Taps: the maps behind the stem and behind each stage [B,C,H,W], after the activation and before it.
  std::vector<std::string> stages = {}, stages_before_activation = {};
  /// Paths of the batch norms whose outputs those activations see, stem first; empty: not known.
  std::vector<std::string> norms_before_activation = {};
  std::string pooled = "avgpool";   ///< tap of the vector [B,D] that the classifier sees
  int64_t outputs_per_class = 1;    ///< of the last layer, class by class; forward() adds up their probabilities
  int64_t further_outputs = 0;      ///< of the last layer, behind the classes'; forward() leaves them out
  std::string classifier = "fc";    ///< path of the last layer; of a dense network its map [B,classes,h,w] before it is
                                    ///< enlarged
  bool borrows_classifier = false;  ///< that layer is the teacher's, copied and kept as it is
  std::string teacher_head = {};    ///< path of a second one, which learns from a teacher; empty: none
  /// Networks of tokens, which have no maps: taps [B,N,D] behind four parts of the depth, and how many of the N, in
  /// front, stand for no part of the picture.
  std::vector<std::string> token_stages = {};
  int64_t class_tokens = 0;
};

/// Offers `network`, which says everything but its classes and its function, under its name: made for a number of
/// classes, it is `forward` with `options` for so many.
template <class Options>
void add_network(Registries& registries, NetworkEntry entry, Network network,
                 at::Tensor (*forward)(const Scope&, const at::Tensor&, const Options&), Options options) {
  const auto name = network.name;
  entry.make = [network = std::move(network), forward, options = std::move(options)](int64_t classes) {
    Options chosen = options;
    Network made = network;
    chosen.classes = made.classes = classes;
    made.forward = [forward, chosen](const Scope& scope, const at::Tensor& x) { return forward(scope, x, chosen); };
    return std::make_shared<const Network>(std::move(made));
  };
  registries.networks.add(name, std::move(entry));
}

/// Fresh float32 weights from named streams of `random`: the network is run once on a picture of zeros.
Weights create_weights(const Network& network, RandomTree random);

/// Reads a checkpoint for `network`, whose names may stand below "state_dict.", "model." or "module.". UserError with
/// the lists of missing, unexpected and misshapen names when it is another network's.
Weights load_network_weights(const Network& network, const std::filesystem::path& file);

/// `weights` with the wrappers "state_dict.", "model." and "module." taken off the names.
Weights without_wrappers(Weights weights);

}  // namespace retort::nn
