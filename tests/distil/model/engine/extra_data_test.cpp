// The second source of pictures: which they are, where they stand in a batch, who sees them.
#include "distil/model/engine/extra_data.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <set>

#include "distil/model/engine/term_fixture.h"
#include "distil/model/engine/tiny_distillation.h"
#include "losses/distillation/kd.h"
#include "support/user_error.h"

namespace retort::model {
namespace {

std::set<std::string> sample_names(const data::Dataset& set) {
  std::set<std::string> names;
  for (int64_t i = 0; i < set.size(); ++i) names.insert(set.sample_name(i));
  return names;
}

struct OpenExtra {
  TinyDistillation tiny;
  data::DatasetPtr labelled;
  ExtraDataOptions options = {};

  OpenExtra() {
    tiny.options.data.train_samples = 6;
    labelled = data::open_train_set(tiny.registries, tiny.options.data);
    options.train = tiny.options.data.train;
  }
  ExtraData open() const { return open_extra_data(tiny.registries, options, tiny.options.data, *labelled, 0); }
};

TEST(ExtraData, TheRestHasNoLabelledAndNoHeldOutPicture) {
  OpenExtra extra;
  EXPECT_EQ(extra.open().pictures->dataset().size(), 24);
  extra.options.rest = true;
  extra.options.held_out = 3;
  const auto opened = extra.open();
  EXPECT_EQ(opened.pictures->dataset().size(), 24 - 6 - 3);
  ASSERT_TRUE(opened.held_out);
  EXPECT_EQ(opened.held_out->dataset().size(), 3);
  auto all = sample_names(*extra.labelled);
  for (const auto* set : {&opened.pictures->dataset(), &opened.held_out->dataset()}) all.merge(sample_names(*set));
  EXPECT_EQ(all.size(), 24U);  // nothing twice
  extra.options.held_out = 18;
  EXPECT_EQ(tests::user_error_of([&] { extra.open(); }),
            "extra.train: no picture is left; `data` and extra.held_out take them all");
}

TEST(ExtraData, PicturesStandBehindTheLabelledOnes) {
  data::Batch batch{.size = 2}, more{.size = 3};
  batch.columns = {{"image", at::zeros({2, 3, 4, 4})}, {"target", at::tensor({1, 0}, at::kLong)}};
  more.columns = {{"image", at::ones({3, 3, 4, 4})},
                  {"target", at::tensor({7, 7, 7}, at::kLong)},
                  {"sample_index", at::tensor({4, 0, 9}, at::kLong)}};
  const auto joined = with_extra_pictures(batch, more);
  EXPECT_TRUE(at::equal(joined.image().mean({1, 2, 3}), at::tensor({0.F, 0.F, 1.F, 1.F, 1.F})));
  EXPECT_TRUE(at::equal(joined.target(), batch.target()));
  EXPECT_TRUE(at::equal(joined.columns.at(extra_index_column), more.sample_index()));
  more.columns["image"] = at::ones({3, 3, 8, 4});
  EXPECT_EQ(
      tests::user_error_of([&] { with_extra_pictures(batch, more); }),
      "extra: its pictures are [3, 8, 4], those of `data` [3, 4, 4]; let extra.transforms bring them to one size");
}

TEST(ExtraData, OnlyTermsThatAskSeeItsRows) {
  LossOptions options;
  options.kd.weight = options.sp.weight = 1;
  const auto terms = make_loss_terms(options, small_network(), &small_network());
  RunBoth both(terms);
  both.inputs.labels = both.inputs.labels.slice(0, 0, 4);
  both.inputs.extra = 2;
  const auto loss = evaluate_loss(terms, both.inputs, {});
  const auto& in = both.inputs;
  EXPECT_NEAR(loss.values[0].item<double>(),
              at::cross_entropy_loss(in.student.logits.slice(0, 0, 4), in.labels).item<double>(), 1e-5);
  EXPECT_NEAR(loss.values[1].item<double>(),
              losses::kd_loss(in.student.logits, in.teacher.logits, {.temperature = 4}).item<double>(), 1e-5);
}

TEST(ExtraData, DhoTakesLabelsForOneHeadAndAllPicturesForTheOther) {
  LossOptions options;
  options.ce.weight = 0;
  options.dho = {.weight = 1, .cross_entropy_weight = 1, .distillation_weight = 0};
  const auto value = [&] {
    const auto terms = make_loss_terms(options, small_network(), &small_network());
    RunBoth both(terms);
    both.inputs.labels = both.inputs.labels.slice(0, 0, 4);
    both.inputs.extra = 2;
    const auto modules = create_term_modules(terms, both.inputs, RandomTree(4));
    return std::pair(evaluate_loss(terms, both.inputs, modules).total.item<double>(), both.inputs);
  };
  const auto [labels_alone, in] = value();
  EXPECT_NEAR(labels_alone, at::cross_entropy_loss(in.student.logits.slice(0, 0, 4), in.labels).item<double>(), 1e-5);
  options.dho = {.weight = 1, .cross_entropy_weight = 0, .distillation_weight = 1};
  EXPECT_GT(value().first, 0);
}

TEST(ExtraData, WhatCanNotGoTogetherIsRefused) {
  const auto refused = [](const std::function<void(ModelOptions&)>& change) {
    ModelOptions options;
    options.data.train = "cifar10/train";
    options.extra.train = "cifar10/train";
    change(options);
    Problems problems;
    options.check(problems);
    return !problems.empty();
  };
  EXPECT_FALSE(refused([](ModelOptions&) {}));
  EXPECT_TRUE(refused([](ModelOptions& o) { o.data.mixing.mixup_alpha = 1; }));
  EXPECT_TRUE(refused([](ModelOptions& o) { o.teacher.cache = "some.soft"; }));
  EXPECT_TRUE(refused([](ModelOptions& o) {
    o.extra.held_out = 5;
    o.train.average.decay = 0.9;
  }));
}

}  // namespace
}  // namespace retort::model
