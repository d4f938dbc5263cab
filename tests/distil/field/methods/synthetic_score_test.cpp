#include "distil/field/methods/synthetic_score.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "core/errors.h"
#include "distil/field/methods/tiny_training.h"

namespace retort::field {
namespace {

GaussianField field_of(const TinyTraining& training) {
  GaussianField field;
  field.splats = training.trainer->parameters();
  field.sh_degree = training.trainer->active_sh_degree();
  return field;
}

// What the project promises of fields: many noisy views together know more than each of them.
TEST(SyntheticScore, FusionBeatsTheNoisyTeacher) {
  TinyTraining training(true, DecoderKind::none, 2, 1000);
  training.run(250);
  const auto score = score_labels(field_of(training), training.scene, splat::MapFilter::area, training.pool);
  EXPECT_GT(score.field, score.teacher);
  EXPECT_LT(score.teacher, 0.97);
}

TEST(SyntheticScore, ReducedFeaturesAreExpandedAndOthersRefused) {
  TinyTraining training(true);
  auto field = field_of(training);
  const auto columns = at::eye(12).slice(1, 0, 5).contiguous();
  field.splats.features = at::matmul(field.splats.features, columns).contiguous();
  EXPECT_THROW(score_labels(field, training.scene, splat::MapFilter::area, training.pool), Fault);
  field.basis = FeatureBasis{columns, 1};
  EXPECT_GE(score_labels(field, training.scene, splat::MapFilter::area, training.pool).field, 0);
}

}  // namespace
}  // namespace retort::field
