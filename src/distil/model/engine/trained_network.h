// Networks with the weights that a recipe or a command line names.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/registries.h"
#include "nn/network.h"
#include "nn/weights.h"

namespace retort::model {

/// The file that options mean by the name of weights: a path as it stands, weights:NAME (weights/store.h), or
/// run:NAME#PRODUCT (run/product.h) below runs/, where the product may be left out: then it is `weights`. UserError
/// when store or run have none such.
std::filesystem::path locate_model_weights(const std::string& place);

/// Weights named so, for a network that is made already. UserError with the three lists of differences when they are
/// another network's.
nn::Weights load_model_weights(const nn::Network& network, const std::string& place);

struct TrainedNetwork {
  std::shared_ptr<const nn::Network> network;
  nn::Weights weights;
};

/// The named network with weights named as above, with as many classes as they have. `picture`: [C,H,W] of its input;
/// C = 0 stands for the channels that the weights were trained with, 3 or 1. UserError likewise.
TrainedNetwork open_trained_network(const Registries& registries, const std::string& network, const std::string& place,
                                    const std::vector<int64_t>& picture);

/// `fresh` weights of the network with all but the classifier's taken from the weights named so, whose classes may be
/// others. UserError when they are another network's.
nn::Weights load_body_weights(const Registries& registries, const nn::Network& network, const nn::Weights& fresh,
                              const std::string& place);

}  // namespace retort::model
