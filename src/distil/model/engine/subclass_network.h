// Classifiers of several outputs a class.
#pragma once

#include <cstdint>
#include <memory>

#include "nn/network.h"

namespace retort::model {

/// Tap of all outputs [B, classes * subclasses] of a network that with_subclasses() made.
inline constexpr const char* subclass_logits_tap = "subclass_logits";

/// `wide`, whose outputs are `subclasses` for each class, class by class, as a classifier: its logits are the
/// logarithms of the classes' probabilities, each the sum over its outputs'. Weights and their names stay those of
/// `wide`. Fault when its outputs are no whole number of classes.
nn::Network with_subclasses(std::shared_ptr<const nn::Network> wide, int64_t subclasses);

}  // namespace retort::model
