// A student and a teacher that ran, for tests of terms of a loss.
#pragma once

#include <ATen/ATen.h>

#include "distil/model/engine/batch_views.h"
#include "distil/model/engine/loss_terms.h"
#include "support/network_registries.h"

namespace retort::model {

inline const nn::Network& small_network() {
  static const auto network = tests::network_registries().networks.get("resnet8").make(4);
  return *network;
}

/// Student and teacher run on the same pictures, as the terms want them and with the taps that they want.
struct RunBoth {
  nn::Weights student = nn::create_weights(small_network(), RandomTree(1)),
              teacher = nn::create_weights(small_network(), RandomTree(2));
  nn::Taps student_taps, teacher_taps;
  TermInputs inputs;

  explicit RunBoth(const std::vector<LossTerm>& terms, bool student_learns = false)
      : student_taps(student_taps_of(terms)), teacher_taps(teacher_taps_of(terms)) {
    for (auto& [name, tensor] : student.parameters) tensor.requires_grad_(student_learns);
    const auto pictures = at::sin(at::arange(6 * 3 * 32 * 32, at::kFloat)).view({6, 3, 32, 32});
    const auto seen = batch_views(pictures, batch_transform_of(terms));
    nn::GivenSource student_source(student), teacher_source(teacher);
    inputs.student = {small_network().forward(nn::Scope(student_source, &student_taps), seen.image), &student_taps};
    inputs.teacher = {small_network().forward(nn::Scope(teacher_source, &teacher_taps), seen.image), &teacher_taps,
                      &teacher};
    inputs.labels = at::tensor({0, 1, 2, 3, 0, 1}, at::kLong);
    inputs.views = seen.views;
  }
  RunBoth(const RunBoth&) = delete;
  RunBoth& operator=(const RunBoth&) = delete;
};

}  // namespace retort::model
