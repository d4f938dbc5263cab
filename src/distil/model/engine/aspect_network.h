// Students that answer yes-or-no questions beside their classes while they train.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/random.h"
#include "core/registries.h"
#include "data/sets/dataset.h"
#include "distil/model/engine/model_options.h"
#include "nn/network.h"

namespace retort::model {

/// Tap of all outputs [B, classes + further_outputs] of a network that with_further_outputs() made.
inline constexpr const char* all_outputs_tap = "all_outputs";

/// `wide`, whose last `further` outputs are no classes: its logits are the ones before them. Fault when none is left.
nn::Network with_further_outputs(std::shared_ptr<const nn::Network> wide, int64_t further);

/// The student of a recipe: network_for(), with one further output for each column of `aspects` [N,Q], undefined: none.
std::shared_ptr<const nn::Network> student_network(const Registries& registries, const std::string& name,
                                                   int64_t classes, const std::vector<int64_t>& picture,
                                                   const at::Tensor& aspects);

/// Weights of `network` without the rows of its further outputs: those of the plain network. The same where it has
/// none.
nn::Weights without_further_outputs(const nn::Weights& weights, const nn::Network& network);

/// The answers of `options.aspects` for all samples of the set, in its order: [N,Q], shuffled by `random` where the
/// options say so. UserError led by the file.
at::Tensor load_aspects(const StudentOptions& options, const data::Dataset& set, RandomTree random);

}  // namespace retort::model
