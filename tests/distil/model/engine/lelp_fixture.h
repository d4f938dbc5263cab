// A LELP term that has seen the teacher's training set.
#pragma once

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <vector>

#include "distil/model/engine/subclass_network.h"
#include "distil/model/engine/term_fixture.h"

namespace retort::model {

inline LossOptions lelp_alone() {
  LossOptions options;
  options.ce.weight = 0;
  options.lelp.weight = 1;
  return options;
}

inline nn::Network wide_student(int64_t subclasses) {
  return with_subclasses(tests::network_registries().networks.get("resnet8").make(4 * subclasses), subclasses);
}

/// The fixture with a student of several outputs a class, and the term prepared with 24 samples of the teacher's.
struct PreparedLelp {
  nn::Network student;
  std::vector<LossTerm> terms;
  RunBoth both;
  nn::Weights student_weights, modules;
  nn::Taps student_taps;
  TermInputs tour = {};
  nn::Taps tour_taps = nn::Taps({"avgpool"});

  PreparedLelp(const LossOptions& options, int64_t subclasses)
      : student(wide_student(subclasses)),
        terms(make_loss_terms(options, student, &small_network())),
        both({make_loss_terms(options, small_network(), &small_network())}),
        student_weights(nn::create_weights(student, RandomTree(1))),
        student_taps(student_taps_of(terms)) {
    const at::NoGradGuard no_grad;
    const auto pictures = at::sin(at::arange(6 * 3 * 32 * 32, at::kFloat)).view({6, 3, 32, 32});
    nn::GivenSource source(student_weights);
    both.inputs.student = {student.forward(nn::Scope(source, &student_taps), pictures), &student_taps};
    tour = both.inputs;
    tour_taps.offer("avgpool", at::cos(at::arange(24 * 64, at::kFloat).square() * 0.37).view({24, 64}));
    tour.teacher.taps = &tour_taps;
    tour.labels = at::arange(24, at::kLong) % 4;
    modules = create_term_modules(terms, both.inputs, RandomTree(4));
    const auto walk = [this](const LossTerm&) -> TeacherTour {
      return [this](const auto& visit) {
        visit(tour);
        return true;
      };
    };
    EXPECT_TRUE(prepare_terms(terms, walk, modules));
  }

  double value() const { return evaluate_loss(terms, both.inputs, modules).total.item<double>(); }
};

}  // namespace retort::model
