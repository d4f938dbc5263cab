#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "distil/model/engine/term_fixture.h"
#include "losses/distillation/nd_loss.h"
#include "metrics/class_means.h"
#include "support/user_error.h"

namespace retort::model {
namespace {

LossOptions nd_alone() {
  LossOptions options;
  options.ce.weight = 0;
  options.nd.weight = 1;
  return options;
}

TEST(NdTerms, MeasureAgainstTheMeansOfAllBatches) {
  for (const auto form : {losses::NdForm::norm_and_direction, losses::NdForm::direction, losses::NdForm::norm}) {
    auto options = nd_alone();
    options.nd.form = form;
    options.nd.norm_step = 2;
    const auto terms = make_loss_terms(options, small_network(), &small_network());
    RunBoth both(terms);
    const auto modules = create_term_modules(terms, both.inputs, RandomTree(4));
    const auto tour = [&](const LossTerm&) -> TeacherTour {
      return [&](const auto& visit) {
        visit(both.inputs);
        visit(both.inputs);
        return true;
      };
    };
    ASSERT_TRUE(prepare_terms(terms, tour, modules));
    const auto student = both.student_taps.at("avgpool"), teacher = both.teacher_taps.at("avgpool");
    const auto means = metrics::class_means(teacher, both.inputs.labels, 4);
    EXPECT_TRUE(at::allclose(modules.buffers.at("nd.class_means"), means));
    const auto expected =
        losses::nd_loss(student, teacher, means, both.inputs.labels, {.form = form, .norm_step = 2}).item<double>();
    EXPECT_NEAR(evaluate_loss(terms, both.inputs, modules).total.item<double>(), expected, 1e-5);
  }
}

TEST(NdTerms, ATourThatWasBrokenOffLeavesThemUnprepared) {
  const auto terms = make_loss_terms(nd_alone(), small_network(), &small_network());
  RunBoth both(terms);
  const auto modules = create_term_modules(terms, both.inputs, RandomTree(4));
  const auto tour = [&](const LossTerm&) -> TeacherTour {
    return [&](const auto& visit) {
      visit(both.inputs);
      return false;
    };
  };
  EXPECT_FALSE(prepare_terms(terms, tour, modules));
  EXPECT_TRUE(at::equal(modules.buffers.at("nd.class_means"), at::zeros({4, 64})));
}

TEST(NdTerms, WantOnePairOfVectors) {
  auto options = nd_alone();
  options.nd.taps = {.student = {"avgpool", "avgpool"}, .teacher = {"avgpool", "avgpool"}};
  EXPECT_EQ(tests::user_error_of([&] { make_loss_terms(options, small_network(), &small_network()); }),
            "loss.nd.taps: 2 pairs; one would be right: it has one mean for each class");
  options.nd.taps = {.student = {"layer3"}, .teacher = {"layer3"}};
  const auto terms = make_loss_terms(options, small_network(), &small_network());
  RunBoth both(terms);
  EXPECT_NE(tests::user_error_of([&] {
              create_term_modules(terms, both.inputs, RandomTree(4));
            }).find("loss.nd: student tap 'layer3' gives"),
            std::string::npos);
}

}  // namespace
}  // namespace retort::model
