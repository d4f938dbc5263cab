// Networks as recipes name them, made for the data at hand.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/registries.h"
#include "data/loader.h"
#include "nn/network.h"

namespace retort::model {

/// The size [C,H,W] of the loader's pictures, from its first batch; the loader then stands at its beginning.
std::vector<int64_t> picture_size(data::Loader& loader);

/// The architecture of that name, or one around another: dual_head(NAME) (dual_head.h), shared_classifier(NAME,WIDTH)
/// or (NAME,WIDTH,SIDE) (shared_classifier.h), and "resnet20/5", resnet20 of 5 outputs a class (subclass_network.h).
/// UserError with the nearest name for unknown ones.
std::shared_ptr<const nn::Network> make_network(const Registries& registries, const std::string& name, int64_t classes);

/// make_network() for so many classes and pictures of that size.
std::shared_ptr<const nn::Network> network_for(const Registries& registries, const std::string& name, int64_t classes,
                                               const std::vector<int64_t>& picture);

}  // namespace retort::model
