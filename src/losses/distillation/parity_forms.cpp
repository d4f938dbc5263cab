#include "losses/distillation/parity_forms.h"

#include <fmt/format.h>

#include <utility>

#include "run/parity.h"

namespace retort::losses {

ParityFunction parity_of_pair(PairParity declared) {
  const std::string student = "student_" + declared.name, teacher = "teacher_" + declared.name;
  return {.summary = declared.summary,
          .source = declared.source,
          .inputs = {{student, declared.student_pattern}, {teacher, declared.teacher_pattern}},
          .options = std::move(declared.options),
          .outputs = {{"value", "[]"}},
          .run = [student, teacher, loss = std::move(declared.loss)](run::ParityCall& call) {
            call.output("value", loss(call, call.input(student), call.input(teacher)));
          }};
}

ParityFunction parity_of_stages(StagesParity declared) {
  return {.summary = declared.summary,
          .source = declared.source,
          .inputs = {{"student_features_*", "[B,...]"}, {"teacher_features_*", "[B,...]"}},
          .options = std::move(declared.options),
          .outputs = {{"value", "[]"}},
          .run = [loss = std::move(declared.loss)](run::ParityCall& call) {
            call.output("value",
                        loss(call, listed_inputs(call, "student_features"), listed_inputs(call, "teacher_features")));
          }};
}

std::vector<at::Tensor> listed_inputs(const run::ParityCall& call, const std::string& name) {
  std::vector<at::Tensor> tensors;
  while (const auto next = call.optional_input(fmt::format("{}_{}", name, tensors.size()))) tensors.push_back(*next);
  return tensors;
}

}  // namespace retort::losses
