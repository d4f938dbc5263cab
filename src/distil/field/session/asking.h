// A word held against every splat, and what a page shows of it.
#pragma once

#include <ATen/core/Tensor.h>

#include <nlohmann/json_fwd.hpp>

#include "core/isa.h"
#include "core/thread_pool.h"
#include "distil/field/editing/edit.h"
#include "distil/field/language/relevancy_histogram.h"
#include "distil/field/session/messages/session_messages.h"
#include "distil/field/session/opened_field.h"

namespace retort::field {

struct Asked {
  QueryMessage message;
  at::Tensor direction;          ///< [C] of the word
  at::Tensor scores;             ///< [P] float32
  RelevancyHistogram histogram;  ///< of splats that are alive
  int64_t nearest_wins = 0;      ///< alive splats whose nearest word is the one asked for; -1: held against nothing
};

/// UserError for words that the vocabulary doesn't have (files are not opened: who asks may sit elsewhere), where there
/// is none, and for fields without features.
Asked ask(const QueryMessage& message, const OpenedField& opened, const EditState& state, ThreadPool& pool, Isa isa);

/// The keys of the answer.
nlohmann::ordered_json asked_json(const Asked& asked);

/// Scores as uint8 [P], 0 at the histogram's low and 255 at its high end.
at::Tensor score_bytes(const Asked& asked);

}  // namespace retort::field
