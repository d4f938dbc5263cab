// Losses with trained modules: shapes of what they ask for, gradients of inputs and weights, values where known.
#include <gtest/gtest.h>

#include <cmath>

#include "losses/distillation/adapters.h"
#include "losses/distillation/crd.h"
#include "losses/distillation/factors.h"
#include "losses/distillation/fitnets.h"
#include "losses/distillation/hostile_gradients.h"
#include "losses/distillation/maps.h"
#include "losses/distillation/mgd.h"
#include "losses/distillation/ofd.h"
#include "losses/distillation/reviewkd.h"
#include "losses/distillation/scoped_gradients.h"
#include "losses/distillation/sheet_inputs.h"
#include "losses/distillation/srd.h"
#include "losses/distillation/vid.h"
#include "support/grad_check.h"
#include "support/user_error.h"

namespace retort::losses {
namespace {

TEST(ModuleLosses, fitnets) {
  const SheetInputs in;
  const ScopedLoss loss = [&](const nn::Scope& scope, const auto& x) {
    return fitnets_loss(scope, x[0], in.teacher_map.to(x[0].scalar_type())).loss;
  };
  EXPECT_NEAR(mean_squared_difference(in.student_map, in.teacher_map).item<double>(), 1.0437731426, sheet_tolerance);
  EXPECT_TRUE(gradients_hold(loss, {in.student_map}));
  EXPECT_TRUE(gradients_hold(loss, {tests::wave({2, 2, 8, 8}, .37, .1)}));  // stride 2
  EXPECT_TRUE(gradients_hold(loss, {tests::wave({2, 2, 2, 2}, .37, .1)}));  // transposed
  EXPECT_TRUE(gradients_hold(loss, {tests::wave({2, 2, 7, 7}, .37, .1)}));  // kernel 4
  EXPECT_EQ(parameters_of(loss, {in.student_map}),
            (std::vector<std::string>{"bn.bias", "bn.weight", "conv.bias", "conv.weight"}));
  EXPECT_EQ(tests::user_error_of([&] {
              fresh_weights(loss, {at::ones({2, 3, 3, 3})});
            }),
            "fitnets: no regressor leads from a student map of 3x3 to a teacher map of 4x4");
}

TEST(ModuleLosses, vid) {
  const SheetInputs in;
  const at::Tensor log_scale = at::full({3}, log_scale_of(5, 1e-5), at::kDouble);
  EXPECT_NEAR(gaussian_map_loss(in.student_map, in.teacher_map, log_scale, 1e-5).item<double>(), 0.9090962705,
              sheet_tolerance);
  const ScopedLoss loss = [&](const nn::Scope& scope, const auto& x) {
    return vid_loss(scope, x[0], in.teacher_map.to(x[0].scalar_type()));
  };
  EXPECT_TRUE(gradients_hold(loss, {in.student_map}));
  EXPECT_TRUE(gradients_hold(loss, {tests::wave({2, 2, 8, 8}, .37, .1)}));
  EXPECT_NEAR(fresh_weights(loss, {in.student_map}).find("log_scale")[0].item<double>(), log_scale_of(5, 1e-5), 1e-6);
  // A scale far below zero leaves the least variance, and no infinity.
  EXPECT_TRUE(finite_with_gradient(
      [&](const at::Tensor& scale) { return gaussian_map_loss(in.student_map, in.teacher_map, scale, 1e-5); },
      at::full({3}, -1e4, at::kDouble)));
}

TEST(ModuleLosses, mgd) {
  const SheetInputs in;
  const at::Tensor teacher = tests::wave({2, 4, 4, 4}, .53, .9);
  const auto loss_with = [&](const at::Tensor& noise, const MgdOptions& options) -> ScopedLoss {
    return [=](const nn::Scope& scope, const auto& x) {
      return mgd_loss(scope, x[0], teacher.to(x[0].scalar_type()), noise, options);
    };
  };
  const at::Tensor channels = tests::wave({2, 4, 1, 1}, 1, 0, .5) + .5,
                   positions = tests::wave({2, 1, 4, 4}, 1, 0, .5) + .5;
  EXPECT_TRUE(gradients_hold(loss_with(channels, {.mask_ratio = .4, .alpha = 1}), {in.student_map}));
  EXPECT_TRUE(gradients_hold(loss_with(positions, {.mask = MgdMask::position, .mask_ratio = .4, .alpha = 1}),
                             {in.student_map}));
  EXPECT_THROW(fresh_weights(loss_with(positions, {}), {in.student_map}), UserError);
  EXPECT_EQ(parameters_of(loss_with(channels, {}), {teacher}),
            (std::vector<std::string>{"generation.0.bias", "generation.0.weight", "generation.2.bias",
                                      "generation.2.weight"}));
}

TEST(ModuleLosses, ofd_weighs_stages_by_powers_of_two) {
  const SheetInputs in;
  const at::Tensor margin = at::tensor({-.3, -.5, -.1}, at::kDouble).view({1, 3, 1, 1});
  const at::Tensor larger_teacher = tests::wave({2, 3, 8, 8}, .53, .9);
  const ScopedLoss loss = [&](const nn::Scope& scope, const auto& x) {
    const auto type = x[0].scalar_type();
    return ofd_loss(scope, {x[0], x[1]}, {in.teacher_map.to(type), larger_teacher.to(type)},
                    {margin.to(type), margin.to(type)});
  };
  EXPECT_TRUE(gradients_hold(loss, {in.student_map, tests::wave({2, 2, 4, 4}, .37, .1)}));
  const nn::Weights none;
  nn::GivenSource source(none);
  EXPECT_EQ(tests::user_error_of([&] { ofd_loss(nn::Scope(source), {in.student_map}, {in.teacher_map}, {}); }),
            "ofd: 0 margins for 1 stages");
}

TEST(ModuleLosses, reviewed_maps_have_the_teachers_shapes) {
  const std::vector<at::Tensor> students = {tests::wave({2, 3, 8, 8}, .37, .1), tests::wave({2, 4, 4, 4}, .61, .3),
                                            tests::wave({2, 5, 1, 1}, .83, .2)},
                                teachers = {tests::wave({2, 6, 8, 8}, .53, .9), tests::wave({2, 7, 2, 2}, .23, .4),
                                            tests::wave({2, 8, 1, 1}, .47, .6)};
  const ScopedLoss loss = [&](const nn::Scope& scope, const auto& x) {
    const auto reviewed = reviewed_maps(scope, x, teachers);
    for (size_t stage = 0; stage < teachers.size(); ++stage) {
      EXPECT_EQ(reviewed[stage].sizes(), teachers[stage].sizes()) << stage;
    }
    std::vector<at::Tensor> targets;
    for (const auto& teacher : teachers) targets.push_back(teacher.to(x[0].scalar_type()));
    return hcl_loss(reviewed, targets);
  };
  EXPECT_TRUE(gradients_hold(loss, students));
  const auto weights = fresh_weights(loss, students);
  EXPECT_EQ(weights.shape_of("abfs.0.conv1.0.weight"), (std::vector<int64_t>{5, 5, 1, 1}));
  EXPECT_EQ(weights.shape_of("abfs.1.att_conv.0.weight"), (std::vector<int64_t>{2, 10, 1, 1}));
  EXPECT_EQ(weights.shape_of("abfs.2.conv2.0.weight"), (std::vector<int64_t>{6, 5, 3, 3}));
  EXPECT_FALSE(weights.find("abfs.0.att_conv.0.weight").defined());
}

TEST(ModuleLosses, srd_projects_and_standardises) {
  const SheetInputs in;
  const ScopedLoss loss = [&](const nn::Scope& scope, const auto& x) {
    return srd_feature_loss(scope, x[0], in.teacher_embedding.to(x[0].scalar_type())).loss;
  };
  EXPECT_TRUE(gradients_hold(loss, {tests::wave({4, 3}, .61, .2)}));
  const auto weights = fresh_weights(loss, {in.student_embedding});
  nn::GivenSource source(weights);
  const auto single =
      srd_feature_loss(nn::Scope(source), in.student_embedding.narrow(0, 0, 1), in.teacher_embedding.narrow(0, 0, 1));
  EXPECT_TRUE(single.loss.isfinite().item<bool>());
}

TEST(ModuleLosses, factors) {
  const SheetInputs in;
  const FactorOptions translator{.rate = 0.5, .batch_normalisation = true, .slope = 0.1};
  const ScopedLoss translated = [&](const nn::Scope& scope, const auto& x) {
    return extracted_factor(scope, x[0], 8, translator).square().mean();
  };
  EXPECT_TRUE(gradients_hold(translated, {in.student_map}));
  EXPECT_EQ(fresh_weights(translated, {in.student_map}).shape_of("encoder.6.weight"),
            (std::vector<int64_t>{4, 4, 3, 3}));
  const ScopedLoss paraphrased = [&](const nn::Scope& scope, const auto& x) {
    const at::Tensor factor = extracted_factor(scope, x[0], 3);
    EXPECT_EQ(factor.size(1), 1);
    return mean_squared_difference(paraphrased_map(scope, factor, 3), x[0]);
  };
  EXPECT_TRUE(gradients_hold(paraphrased, {in.teacher_map}));
}

TEST(ModuleLosses, small_adapters) {
  const SheetInputs in;
  EXPECT_TRUE(gradients_hold(
      [](const nn::Scope& scope, const auto& x) {
        return connector(scope, x[0], {.out_channels = 2, .kernel = 3, .bias = true, .relu = true}).square().mean();
      },
      {in.student_map}));
  EXPECT_TRUE(gradients_hold(
      [](const nn::Scope& scope, const auto& x) { return log_variance_branch(scope, x[0]).pow(3).mean(); },
      {in.student_embedding}));
  EXPECT_TRUE(gradients_hold(
      [](const nn::Scope& scope, const auto& x) { return self_supervision_head(scope, x[0]).square().mean(); },
      {in.student_embedding}));
}

class Crd : public testing::Test {
 protected:
  SheetInputs in;
  CrdMemory memory{.student = unit_or_zero(tests::wave({9, 3}, .71, .1)),
                   .teacher = unit_or_zero(tests::wave({9, 3}, .43, .8))};
  at::Tensor indices = at::tensor({2, 0, 8, 5}, at::kLong);
  at::Tensor contrast = at::tensor({2, 1, 3, 0, 4, 4, 8, 7, 6, 5, 3, 1}, at::kLong).view({4, 3});

  CrdResult run(const nn::Scope& scope, const at::Tensor& student, const at::Tensor& teacher,
                const CrdOptions& options) const {
    const auto type = student.scalar_type();
    return crd_loss(scope, student, teacher.to(type), indices, contrast,
                    {.student = memory.student.to(type), .teacher = memory.teacher.to(type)}, options);
  }
};

TEST_F(Crd, gradients) {
  // Normalising constants are given: those of the batch are held fixed, which differences would not see.
  const CrdOptions options{.temperature = 0.5, .z_student = 11, .z_teacher = 13};
  EXPECT_TRUE(
      gradients_hold([&](const nn::Scope& scope, const auto& x) { return run(scope, x[0], x[1], options).loss; },
                     {in.student_embedding, in.teacher_embedding}));
}

TEST_F(Crd, constants_of_the_first_batch_come_back) {
  const ScopedLoss first = [&](const nn::Scope& scope, const auto& x) { return run(scope, x[0], x[1], {}).loss; };
  const auto weights = fresh_weights(first, {in.student_embedding, in.teacher_embedding});
  nn::GivenSource source(weights);
  const nn::Scope scope(source);
  const auto result = run(scope, in.student_embedding, in.teacher_embedding, {});
  const auto again = run(scope, in.student_embedding, in.teacher_embedding,
                         {.z_student = result.z[0].item<double>(), .z_teacher = result.z[1].item<double>()});
  EXPECT_DOUBLE_EQ(again.loss.item<double>(), result.loss.item<double>());
  EXPECT_FALSE(result.updated_rows.student.requires_grad());
  EXPECT_TRUE(at::allclose(result.updated_rows.student.norm(2, {1}), at::ones({4}, at::kDouble)));
}

TEST_F(Crd, products_agree_by_either_way) {
  const at::Tensor embedding = tests::wave({4, 3}, .61, .2), bank = tests::wave({500, 3}, .37, .4);
  const at::Tensor few = at::arange(12, at::kLong).view({4, 3}) * 40;  // both ways row by row
  const at::Tensor some = few.repeat({1, 10});                         // the gradient row by row
  const at::Tensor many = few.repeat({1, 30});                         // by way of the whole product
  const at::Tensor products = contrast_products(embedding, bank, few);
  EXPECT_TRUE(at::allclose(products.repeat({1, 10}), contrast_products(embedding, bank, some)));
  EXPECT_TRUE(at::allclose(products.repeat({1, 30}), contrast_products(embedding, bank, many)));
  EXPECT_NEAR(products[2][1].item<double>(), embedding[2].dot(bank[few[2][1].item<int64_t>()]).item<double>(), 1e-14);
  for (const auto& rows : {few, some, many}) {
    EXPECT_TRUE(tests::grad_check(
        [&](const std::vector<at::Tensor>& x) { return contrast_products(x[0], bank, rows).pow(3).mean(); },
        {embedding}));
  }
}

TEST_F(Crd, refuses_samples_outside_of_the_banks) {
  contrast[1][2] = 9;
  const ScopedLoss loss = [&](const nn::Scope& scope, const auto& x) { return run(scope, x[0], x[1], {}).loss; };
  EXPECT_EQ(
      tests::user_error_of([&] {
        fresh_weights(loss, {in.student_embedding, in.teacher_embedding});
      }),
      "crd: sample 9, but the memory banks hold 9 samples (the first is 0); they should be as large as the training "
      "set");
}

TEST_F(Crd, features_of_zeros_and_no_negatives_are_finite) {
  nn::Weights weights;
  weights.parameters = {{"embed_s.linear.weight", tests::wave({3, 6}, .3, .1)},
                        {"embed_s.linear.bias", at::zeros({3}, at::kDouble)},
                        {"embed_t.linear.weight", tests::wave({3, 6}, .5, .2)},
                        {"embed_t.linear.bias", at::zeros({3}, at::kDouble)}};
  nn::GivenSource source(weights);
  const nn::Scope scope(source);
  EXPECT_TRUE(finite_with_gradient(
      [&](const at::Tensor& student) { return run(scope, student, in.teacher_embedding, {}).loss; },
      at::zeros({4, 6}, at::kDouble)));
  contrast = indices.unsqueeze(1);
  EXPECT_TRUE(finite_with_gradient(
      [&](const at::Tensor& student) { return run(scope, student, in.teacher_embedding, {}).loss; },
      in.student_embedding));
}

}  // namespace
}  // namespace retort::losses
