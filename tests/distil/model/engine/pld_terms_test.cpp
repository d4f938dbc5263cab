#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "distil/model/engine/term_fixture.h"
#include "losses/distillation/pld.h"

namespace retort::model {
namespace {

double pld_alone(const PldTerm& term) {
  LossOptions options;
  options.ce.weight = 0;
  options.pld = term;
  const auto terms = make_loss_terms(options, small_network(), &small_network());
  const RunBoth both(terms);
  return evaluate_loss(terms, both.inputs, {}).total.item<double>();
}

TEST(PldTerms, TakeTheirOptions) {
  const RunBoth both({});
  const auto& in = both.inputs;
  const double cross_entropy = at::cross_entropy_loss(in.student.logits, in.labels).item<double>();
  EXPECT_NEAR(pld_alone({.weight = 1, .ranks = losses::PldWeights::first}), cross_entropy, 1e-6);
  for (const double temperature : {1.0, 4.0}) {
    const auto expected =
        losses::pld_loss(in.student.logits, in.teacher.logits, in.labels, {.temperature = temperature});
    EXPECT_NEAR(pld_alone({.weight = 2, .temperature = temperature}), 2 * expected.item<double>(), 1e-6);
  }
  EXPECT_NE(pld_alone({.weight = 1, .temperature = 1}), pld_alone({.weight = 1, .temperature = 4}));
}

TEST(PldTerms, TellHowAlikeTheOrdersOfClassesAre) {
  LossOptions options;
  options.ce.weight = 0;
  options.pld.weight = 1;
  const auto terms = make_loss_terms(options, small_network(), &small_network());
  const nn::Weights nothing;
  nn::GivenSource source(nothing);
  const nn::Scope scope(source);
  TermInputs in;
  in.teacher.logits = at::tensor({4.f, 3.f, 2.f, 1.f, 1.f, 2.f, 3.f, 4.f}).view({2, 4});
  const auto tau = [&](const at::Tensor& student) {
    in.student.logits = student;
    return terms[0].figures(in, scope).at("kendall_tau");
  };
  EXPECT_NEAR(tau(2 * in.teacher.logits + 1), 1, 1e-9);
  EXPECT_NEAR(tau(-in.teacher.logits), -1, 1e-9);
  EXPECT_NEAR(tau(at::zeros({2, 4})), 0, 1e-9);
  // One neighbouring pair of six the other way round, in one of two samples.
  EXPECT_NEAR(tau(at::tensor({4.f, 3.f, 1.f, 2.f, 1.f, 2.f, 3.f, 4.f}).view({2, 4})), 1 - 1.0 / 6, 1e-6);
}

TEST(PldTerms, WantOneLabelForAPicture) {
  LossOptions options;
  options.ce.weight = 0;
  options.pld.weight = 1;
  EXPECT_TRUE(make_loss_terms(options, small_network(), &small_network())[0].needs_plain_labels);
}

}  // namespace
}  // namespace retort::model
