#include "distil/field/session/asking.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/errors.h"
#include "core/text.h"
#include "distil/field/language/query.h"
#include "distil/field/language/relevancy.h"
#include "distil/field/session/message_steps.h"

namespace retort::field {

namespace {
void require_word(const std::string& word, const Vocabulary& vocabulary) {
  if (!vocabulary.has(word)) {
    user_error("query: '{}' is no word of the vocabulary{}", word, did_you_mean(word, vocabulary.names()));
  }
}
}  // namespace

Asked ask(const QueryMessage& message, const OpenedField& opened, const EditState& state, ThreadPool& pool, Isa isa) {
  if (!opened.vocabulary) user_error("query: there are no words here: {}", opened.why_no_words);
  require_word(message.asked, *opened.vocabulary);
  for (const auto& word : message.against) {
    if (word != "none") require_word(word, *opened.vocabulary);
  }
  const auto query = make_query(state.field, opened.vocabulary, message.asked, message.against);
  // As the steps of edit scripts do it, so that a threshold selects the same splats there and here.
  const auto cosines = splat_cosines(state.field, query.directions, pool, isa);
  const auto step = query_selection(message);
  Asked asked{.message = message,
              .direction = query.directions[0],
              .scores = relevancy_of_cosines(
                  cosines, {.form = relevancy_form_named(message.form), .temperature = step.temperature}),
              .histogram = {},
              .nearest_wins = -1};
  asked.histogram = relevancy_histogram(asked.scores.masked_select(state.alive));
  if (query.directions.size(0) > 1) {
    asked.nearest_wins = cosines.argmax(1).eq(0).logical_and(state.alive).sum().item<int64_t>();
  }
  return asked;
}

namespace {
// Where the scores part; of relevancy, only what is nearer to the word than to all others, where there is such.
double asked_threshold(const Asked& asked) {
  constexpr double nearest_relevancy = 0.5;
  const auto proposed = asked.histogram.proposed_threshold();
  const bool floored = asked.message.form == "relevancy" && asked.histogram.high > nearest_relevancy;
  return floored ? std::max<double>(proposed, nearest_relevancy) : proposed;
}
}  // namespace

nlohmann::ordered_json asked_json(const Asked& asked) {
  const auto& histogram = asked.histogram;
  return {
      {"histogram", histogram.counts},
      {"low", histogram.low},
      {"high", histogram.high},
      {"threshold", asked_threshold(asked)},
      {"nearest_wins", asked.nearest_wins < 0 ? nlohmann::ordered_json() : nlohmann::ordered_json(asked.nearest_wins)}};
}

at::Tensor score_bytes(const Asked& asked) {
  const double range = asked.histogram.high - asked.histogram.low;
  const auto steps = (at::nan_to_num(asked.scores) - asked.histogram.low) * (range > 0 ? 255 / range : 0);
  return steps.round().clamp(0, 255).to(at::kByte).contiguous();
}

}  // namespace retort::field
