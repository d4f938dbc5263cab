// Weights and choices of golden files, for parity functions that run networks.
#pragma once

#include <string>

#include "core/errors.h"
#include "core/registry.h"
#include "nn/weights.h"
#include "run/parity.h"

namespace retort::nn {

/// What the file stores under "state/", only names beginning with `prefix`, without it.
Weights parity_weights(const run::ParityCall& call, std::string_view prefix = "");

/// The enumerator that option `key` names, or `otherwise`. UserError for other words.
template <class Choice>
Choice choice_of(const run::ParityCall& call, const std::string& key, const std::string& otherwise) {
  const auto word = call.has_option(key) ? call.text(key) : otherwise;
  const auto words = choices(Choice{});
  for (size_t i = 0; i < words.size(); ++i)
    if (words[i] == word) return static_cast<Choice>(i);
  user_error("option '{}' is '{}'{}", key, word, did_you_mean(word, words));
}

}  // namespace retort::nn
