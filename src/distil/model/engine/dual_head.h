// Networks of two classifiers on one feature: one learns from labels, the other from a teacher (DHO).
#pragma once

#include <memory>

#include "data/loader.h"
#include "nn/network.h"

namespace retort::run {
class Recorder;
}

namespace retort::model {

/// The network with a second classifier `teacher_head` beside its own, on the vector that its own sees. Its logits are
/// the logarithm of both heads' mixture, losses::dho_probabilities() with alpha and beta of the buffer `mixture` [2],
/// which begins as 0.5 and 0.5. UserError for dense networks. Taps "teacher_head" and the network's own classifier are
/// the heads' logits. Source: Kang et al. 2025, section 3; erjui/DHO, train_others.py StudentModel, evaluate.
nn::Network dual_headed(std::shared_ptr<const nn::Network> base);

/// Gives such a network's weights the mixture that is best over one pass of the loader, whose targets are labels
/// (losses::search_dho_mixture), and records it: "eval/mixture_alpha", "eval/mixture_beta", "eval/held_out_top1".
void choose_mixture(const nn::Network& network, nn::Weights& weights, data::Loader& held_out, run::Recorder& recorder);

}  // namespace retort::model
