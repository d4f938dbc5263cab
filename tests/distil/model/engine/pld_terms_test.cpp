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

TEST(PldTerms, WantOneLabelForAPicture) {
  LossOptions options;
  options.ce.weight = 0;
  options.pld.weight = 1;
  EXPECT_TRUE(make_loss_terms(options, small_network(), &small_network())[0].needs_plain_labels);
}

}  // namespace
}  // namespace retort::model
