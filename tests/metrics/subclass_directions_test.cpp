// Directions within classes: what they are orthogonal to, what rotation keeps, classes without samples.
#include "metrics/subclass_directions.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "support/user_error.h"
#include "support/wave.h"

namespace retort::metrics {
namespace {

class SubclassDirectionsOf : public testing::Test {
 protected:
  // Squares break the periods of the sines.
  at::Tensor embeddings = tests::wave({60, 6}, .61, .2).add(tests::wave({60, 6}, 1.7, .4).square()).to(at::kFloat);
  at::Tensor labels = at::arange(60, at::kLong).remainder(3), classifier = tests::wave({3, 6}, .83, .7).to(at::kFloat);
};

TEST_F(SubclassDirectionsOf, are_orthonormal_and_silent_to_the_classifier) {
  const auto found = subclass_directions(embeddings, labels, classifier, {.subclasses = 3});
  const at::Tensor products = at::matmul(found.directions, found.directions.transpose(1, 2));
  EXPECT_TRUE(at::allclose(products, at::eye(3).expand({3, 3, 3}), 1e-4, 1e-5));
  const at::Tensor centred = classifier - classifier.mean(0, true);
  EXPECT_LT(at::matmul(found.directions, centred.t()).abs().max().item<float>(), 1e-5f);
  // P is a projection of rank D - (C - 1).
  EXPECT_TRUE(at::allclose(at::matmul(found.projection, found.projection), found.projection, 1e-4, 1e-6));
  EXPECT_NEAR(found.projection.trace().item<float>(), 4, 1e-5);
}

TEST_F(SubclassDirectionsOf, carry_the_mean_variance_of_their_scores) {
  const auto found = subclass_directions(embeddings, labels, classifier, {.subclasses = 2, .null_space = false});
  EXPECT_TRUE(at::equal(found.projection, at::eye(6)));
  const at::Tensor own = embeddings.index_select(0, labels.eq(1).nonzero().squeeze(1));
  const at::Tensor scores = subclass_scores(own, found).select(1, 1);
  EXPECT_LT(scores.mean(0).abs().max().item<float>(), 1e-5f);
  EXPECT_NEAR(scores.square().mean().sqrt().item<float>(), found.scale[1].item<float>(), 1e-4);
}

TEST_F(SubclassDirectionsOf, span_the_same_after_a_rotation) {
  const auto found = subclass_directions(embeddings, labels, classifier, {.subclasses = 3});
  RandomGenerator random(5);
  const at::Tensor rotated = rotated_directions(found.directions, random);
  const auto span = [](const at::Tensor& directions) { return at::matmul(directions.transpose(1, 2), directions); };
  EXPECT_TRUE(at::allclose(span(rotated), span(found.directions), 1e-4, 1e-5));
  EXPECT_FALSE(at::allclose(rotated, found.directions, 1e-2, 1e-2));
  // Over many rotations each direction's variance is the mean one.
  at::Tensor sum = at::zeros({3});
  constexpr int draws = 2000;
  const at::Tensor axes = at::eye(3).unsqueeze(0), variances = at::tensor({3.f, 2.f, 1.f});
  for (int draw = 0; draw < draws; ++draw) sum += at::matmul(rotated_directions(axes, random)[0].square(), variances);
  EXPECT_TRUE(at::allclose(sum / draws, at::full({3}, 2.f), 0, .08));
}

TEST_F(SubclassDirectionsOf, an_empty_class_are_zero) {
  const auto found = subclass_directions(embeddings, labels.clamp_max(1), classifier, {.subclasses = 2});
  EXPECT_EQ(found.directions[2].abs().max().item<float>(), 0);
  EXPECT_EQ(found.scale[2].item<float>(), 0);
  EXPECT_TRUE(subclass_scores(embeddings, found).isfinite().all().item<bool>());
}

TEST_F(SubclassDirectionsOf, refuse_more_than_there_are_dimensions) {
  EXPECT_EQ(tests::user_error_of([&] { subclass_directions(embeddings, labels, classifier, {.subclasses = 7}); }),
            "subclass directions: embeddings [60, 6], labels [60], classifier [3, 6], 7 subclasses; they should be "
            "[N,D], [N], [C,D], from 1 to D");
}

TEST_F(SubclassDirectionsOf, may_be_random_and_then_carry_the_variance_of_their_own_scores) {
  const auto found = subclass_directions(embeddings, labels, classifier, {.subclasses = 2});
  RandomGenerator random(5);
  const auto drawn = random_directions(found, embeddings, labels, random);
  const at::Tensor products = at::matmul(drawn.directions, drawn.directions.transpose(1, 2));
  EXPECT_TRUE(at::allclose(products, at::eye(2).expand({3, 2, 2}), 1e-4, 1e-5));
  EXPECT_FALSE(at::allclose(drawn.directions, found.directions, 1e-2, 1e-2));
  const at::Tensor own = embeddings.index_select(0, labels.eq(1).nonzero().squeeze(1));
  const at::Tensor scores = subclass_scores(own, drawn).select(1, 1);
  EXPECT_NEAR(scores.square().mean().sqrt().item<float>(), drawn.scale[1].item<float>(), 1e-4);
}

}  // namespace
}  // namespace retort::metrics
