// Teachers that a file speaks for: what a file may hold, which row is whose, and what does not fit.
#include "distil/model/engine/similarity_teacher.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <functional>
#include <limits>
#include <string>

#include "distil/model/engine/prototype_teacher.h"
#include "distil/model/engine/tiny_distillation.h"
#include "io/tensor/tensor_io.h"
#include "support/user_error.h"

namespace retort::model {
namespace {

/// 24 pictures of three classes, eight of each in the order of the classes.
struct Similarities {
  TinyDistillation tiny;
  std::string file = (tiny.folder / "clip.safetensors").string();
  io::NamedTensors tensors = {{"similarities", at::sin(at::arange(24 * 3, at::kFloat)).view({24, 3})}};

  Similarities() {
    tiny.options.data.train_samples = 6;
    tiny.options.extra.train = tiny.options.data.train;
    tiny.options.extra.rest = true;
    tiny.options.extra.batch_size = 4;
    tiny.options.teacher.similarities = file;
    tiny.options.loss.dho.weight = 1;
    tiny.options.loss.ce.weight = 0;
    tiny.options.student.network = "dual_head(resnet8)";
  }
  void write() const { io::save_safetensors(file, tensors); }
  std::string refused() {
    write();
    return tests::user_error_of([&] { tiny.job(); });
  }
};

TEST(SimilarityTeacher, SaysAHundredTimesTheCosineOfThePicturesOwnRow) {
  Similarities clip;
  clip.write();
  auto& tiny = clip.tiny;
  const auto labelled = data::open_train_set(tiny.registries, tiny.options.data);
  const auto extra = open_extra_data(tiny.registries, tiny.options.extra, tiny.options.data, *labelled, 0);
  const auto teacher =
      make_similarity_teacher(tiny.registries, clip.file, tiny.options.data, *labelled, &extra.pictures->dataset(), 3);
  EXPECT_FALSE(teacher->sees_any_picture());
  data::Batch batch{.size = 2};
  // Two of each class are labelled: the last of them is the second picture of the third class, row 17 of all.
  batch.columns["sample_index"] = at::tensor({5, 0}, at::kLong);
  nn::Taps taps({});
  const auto& rows = clip.tensors.at("similarities");
  const auto row = [&](int64_t number) { return 100 * rows[number]; };
  EXPECT_TRUE(at::allclose(teacher->look({.batch = batch}, taps), at::stack({row(17), row(0)})));
  // The rest begins with the third picture of the first class; its seventh is the third of the second.
  batch.columns[extra_index_column] = at::tensor({0, 6}, at::kLong);
  EXPECT_TRUE(at::allclose(teacher->look({.batch = batch}, taps), at::stack({row(17), row(0), row(2), row(10)})));
}

TEST(SimilarityTeacher, TakesLogitsAndEmbeddingsAsWell) {
  Similarities clip;
  const auto logits = 40 * clip.tensors.at("similarities");
  clip.tensors = {{"logits", logits}};
  clip.write();
  EXPECT_TRUE(at::equal(load_similarities(clip.file, 24, 3), logits));
  const auto pictures = at::cos(at::arange(24 * 5, at::kFloat)).view({24, 5}),
             texts = at::sin(at::arange(3 * 5, at::kFloat)).view({3, 5});
  clip.tensors = {{"embeddings", pictures}, {"prototypes", texts}};
  clip.write();
  const auto cosines = at::cosine_similarity(pictures.unsqueeze(1), texts.unsqueeze(0), 2);
  EXPECT_TRUE(at::allclose(load_similarities(clip.file, 24, 3), 100 * cosines, 1e-4, 1e-4));
}

TEST(SimilarityTeacher, TrainsTwoHeadsAndResumes) {
  Similarities clip;
  clip.write();
  expect_the_same_when_resumed(clip.tiny, 2);
  // And anybody else, with mixed pictures.
  TinyDistillation& tiny = clip.tiny;
  tiny.options.extra = {};
  tiny.options.loss.dho.weight = 0;
  tiny.options.loss.kd.weight = 1;
  tiny.options.student.network = "resnet8";
  tiny.options.data.mixing.mixup_alpha = 1;
  expect_the_same_when_resumed(tiny, 2);
}

TEST(SimilarityTeacher, WhatDoesNotFitIsRefused) {
  const auto refused = [](const std::function<void(io::NamedTensors&)>& change) {
    Similarities clip;
    change(clip.tensors);
    return clip.refused();
  };
  EXPECT_NE(refused([](auto& t) { t = {{"scores", t.at("similarities")}}; }).find("has neither"), std::string::npos);
  EXPECT_NE(refused([](auto& t) { t["similarities"] = t["similarities"].slice(0, 0, 23).clone(); }).find("[24, 3]"),
            std::string::npos);
  EXPECT_NE(refused([](auto& t) { t["similarities"] = 20 * t["similarities"]; }).find("cosines"), std::string::npos);
  EXPECT_NE(refused([](auto& t) { t["similarities"][3][1] = std::numeric_limits<float>::infinity(); }).find("finite"),
            std::string::npos);
  EXPECT_NE(refused([](auto& t) { t["labels"] = at::arange(24, at::kLong) / 8 + 1; }).find("should be"),
            std::string::npos);
  EXPECT_NE(refused([](auto& t) { t["labels"] = at::arange(24, at::kLong).remainder(3); }).find("row 1 is of class 1"),
            std::string::npos);
  Similarities clip;
  clip.tensors["labels"] = at::arange(24, at::kLong).div(8, "floor");
  clip.write();
  clip.tiny.job();
  clip.tiny.options.extra.train = "image_folder/test";
  clip.tiny.options.extra.rest = false;
  EXPECT_NE(clip.refused().find("extra.train names another"), std::string::npos);
  ModelOptions options;
  options.data.train = "cifar10/train";
  options.teacher.similarities = "clip.safetensors";
  options.teacher.network = "resnet20";
  options.teacher.weights = "some.pth";
  Problems problems;
  options.teacher.check(problems);
  EXPECT_FALSE(problems.empty());
}

}  // namespace
}  // namespace retort::model
