#include "distil/model/engine/torchscript_teacher.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <spdlog/spdlog.h>
#include <torch/csrc/jit/api/module.h>

#include <fstream>

#include "support/temporary_folder.h"
#include "support/user_error.h"

namespace retort::model {
namespace {

/// Logits 0 .. 2: means of the channels, doubled.
constexpr const char* channel_means = "x.mean([2, 3]) * 2.0";

struct ScriptedTeacher {
  tests::TemporaryFolder folder;
  ThreadPool pool{1};
  StopFlag stop;
  Context context{pool, RandomTree(0), *spdlog::default_logger(), stop, true};
  data::Batch batch{.size = 4};
  at::Tensor image = at::arange(4 * 3 * 2 * 2, at::kFloat).view({4, 3, 2, 2});

  std::filesystem::path program(const std::string& result) const {
    torch::jit::Module module("teacher");
    module.define("def forward(self, x):\n  return " + result + "\n");
    const auto file = folder / "teacher.pt";
    module.save(file.string());
    return file;
  }
  at::Tensor look(TorchscriptTeacher& teacher) const {
    nn::Taps taps({});
    return teacher.look({.batch = batch, .image = image}, taps);
  }
  /// What is said of a program on its first batch, three classes being wanted.
  std::string refusal(const std::string& result) const {
    const auto file = program(result);
    return tests::user_error_of([&] {
      TorchscriptTeacher teacher(file, 3, context);
      look(teacher);
    });
  }
};

TEST(TorchscriptTeacher, IsNotOpenedWithoutTrust) {
  ScriptedTeacher scripted;
  const auto file = scripted.program(channel_means);
  scripted.context.trust_torchscript = false;
  const auto message = tests::user_error_of([&] { TorchscriptTeacher(file, 3, scripted.context); });
  EXPECT_NE(message.find("--trust-torchscript"), std::string::npos) << message;
  EXPECT_NE(message.find("teacher.pt"), std::string::npos) << message;
}

TEST(TorchscriptTeacher, GivesItsLogitsInEveryForm) {
  const ScriptedTeacher scripted;
  const auto want = scripted.image.mean({2, 3}) * 2;
  const auto means = std::string(channel_means);
  for (const auto& result : {means, "(" + means + ", x)", "{'out': " + means + "}",
                             "{'aux': x, 'logits': " + means + "}", "(" + means + ").double()"}) {
    SCOPED_TRACE(result);
    TorchscriptTeacher teacher(scripted.program(result), 3, scripted.context);
    EXPECT_EQ(teacher.network(), nullptr);
    for (int call = 0; call < 3; ++call) {
      const auto logits = scripted.look(teacher);
      ASSERT_EQ(logits.scalar_type(), at::kFloat);
      EXPECT_TRUE(at::allclose(logits, want));
      EXPECT_FALSE(logits.requires_grad());
    }
  }
}

TEST(TorchscriptTeacher, WhatItGivesIsHeldToBatchAndClasses) {
  const ScriptedTeacher scripted;
  auto message = scripted.refusal("x.mean([2, 3])[:, :2]");
  EXPECT_NE(message.find("[4, 2]"), std::string::npos) << message;
  EXPECT_NE(message.find("3 classes want [4, 3]"), std::string::npos) << message;
  EXPECT_NE(scripted.refusal("x").find("[4, 3, 2, 2]"), std::string::npos);
  EXPECT_NE(scripted.refusal("x.mean([2, 3])[:2]").find("[2, 3]"), std::string::npos);
  EXPECT_NE(scripted.refusal("3").find("gives no logits"), std::string::npos);
  EXPECT_NE(scripted.refusal("{'other': x}").find("gives no logits"), std::string::npos);
  message = scripted.refusal("x.view([7, 7])");
  EXPECT_NE(message.find("fails on pictures [4, 3, 2, 2]"), std::string::npos) << message;
}

TEST(TorchscriptTeacher, OtherFilesAreRefused) {
  const ScriptedTeacher scripted;
  std::ofstream(scripted.folder / "text.pt") << "no program";
  auto message = tests::user_error_of([&] { TorchscriptTeacher(scripted.folder / "text.pt", 3, scripted.context); });
  EXPECT_NE(message.find("can't be read as TorchScript"), std::string::npos) << message;
  EXPECT_EQ(message.find('\n'), std::string::npos) << message;
  message = tests::user_error_of([&] { TorchscriptTeacher(scripted.folder / "absent.pt", 3, scripted.context); });
  EXPECT_NE(message.find("no such file"), std::string::npos) << message;
}

}  // namespace
}  // namespace retort::model
