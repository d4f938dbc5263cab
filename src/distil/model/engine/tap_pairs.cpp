#include <ATen/ATen.h>
#include <fmt/format.h>

#include "core/errors.h"
#include "distil/model/engine/term_builders.h"
#include "io/array.h"

namespace retort::model {

namespace {
const std::vector<std::string>& known_stages(const nn::Network& network, const std::vector<std::string>& stages) {
  RT_CHECK(stages.size() > 1, "network '{}' names no stages, which a term of the loss needs", network.name);
  return stages;
}

std::vector<std::string> behind_stem(const std::vector<std::string>& stages) {
  return {stages.begin() + 1, stages.end()};
}

std::vector<std::string> taps_of_side(const char* term, const char* side, const std::vector<std::string>& named,
                                      const nn::Network* network, const DefaultTaps& taps) {
  if (!named.empty()) return named;
  if (network == nullptr)
    user_error(
        "loss.{}: the stages of this {} are not known; name its activations in loss.{}.taps.{}, or take one that "
        "runs as a network",
        term, side, term, side);
  return taps(*network);
}

Maps tapped_activations(const std::string& term, const char* side, const nn::Taps* taps,
                        const std::vector<std::string>& names) {
  RT_CHECK(taps != nullptr, "the term '{}' needs the {}, which did not run", term, side);
  Maps maps;
  for (const auto& name : names) {
    try {
      maps.push_back(taps->at(name));
    } catch (const UserError& error) {
      user_error("loss.{}.taps.{}: {}", term, side, error.what());
    }
  }
  return maps;
}

/// "student tap 'layer1' gives [128,16,32,32], teacher tap 'layer1' [128,64,32,32]" for each pair.
std::string described_pairs(const TapPairs& pairs, const Maps& student, const Maps& teacher) {
  std::vector<std::string> described;
  for (size_t i = 0; i < student.size(); ++i)
    described.push_back(fmt::format("student tap '{}' gives {}, teacher tap '{}' {}", pairs.student[i],
                                    io::shape_text(student[i].sizes()), pairs.teacher[i],
                                    io::shape_text(teacher[i].sizes())));
  return fmt::format("{}", fmt::join(described, "; "));
}
}  // namespace

std::vector<std::string> stage_taps(const nn::Network& network) {
  return behind_stem(known_stages(network, network.stages));
}
std::vector<std::string> stage_taps_with_stem(const nn::Network& network) {
  return known_stages(network, network.stages);
}
std::vector<std::string> last_stage_tap(const nn::Network& network) {
  return {known_stages(network, network.stages).back()};
}
std::vector<std::string> pre_activation_taps(const nn::Network& network) {
  return behind_stem(known_stages(network, network.stages_before_activation));
}
std::vector<std::string> pooled_tap(const nn::Network& network) { return {network.pooled}; }

TapPairs tap_pairs(const TermContext& context, const char* term, const TapOptions& named,
                   const DefaultTaps& student_taps, const DefaultTaps& teacher_taps) {
  TapPairs pairs{.term = term,
                 .student = taps_of_side(term, "student", named.student, &context.student, student_taps),
                 .teacher = taps_of_side(term, "teacher", named.teacher, context.teacher, teacher_taps)};
  if (pairs.student.size() != pairs.teacher.size())
    user_error("loss.{}: {} activations of the student, {} of the teacher; name equally many in loss.{}.taps", term,
               pairs.student.size(), pairs.teacher.size(), term);
  return pairs;
}

TapPairs tap_pairs(const TermContext& context, const char* term, const TapOptions& named, const DefaultTaps& taps) {
  return tap_pairs(context, term, named, taps, taps);
}

std::string teacher_tap(const TermContext& context, const char* term, const std::string& named,
                        const DefaultTaps& taps) {
  const auto names = named.empty() ? std::vector<std::string>() : std::vector<std::string>{named};
  return taps_of_side(term, "teacher", names, context.teacher, taps).front();
}

LossTerm tapped_term_with_update(const TapPairs& pairs, double weight, TappedLossWithUpdate loss) {
  auto value = [pairs, loss = std::move(loss)](const TermInputs& in, const nn::Scope& scope,
                                               AfterBackward& after_backward) {
    const auto student = tapped_activations(pairs.term, "student", in.student.taps, pairs.student),
               teacher = tapped_activations(pairs.term, "teacher", in.teacher.taps, pairs.teacher);
    try {
      return loss(in, scope, student, teacher, after_backward);
    } catch (const UserError& error) {
      user_error("loss.{}: {}: {}", pairs.term, described_pairs(pairs, student, teacher), error.what());
    }
  };
  return {.name = pairs.term,
          .weight = weight,
          .student_taps = pairs.student,
          .teacher_taps = pairs.teacher,
          .value = std::move(value)};
}

LossTerm tapped_term(const TapPairs& pairs, double weight, TappedLoss loss) {
  return tapped_term_with_update(
      pairs, weight,
      [loss = std::move(loss)](const TermInputs& in, const nn::Scope& scope, const Maps& student, const Maps& teacher,
                               AfterBackward&) { return loss(in, scope, student, teacher); });
}

}  // namespace retort::model
