#include "run/parity.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>

#include "io/tensor/tensor_io.h"

namespace retort::run {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// A registry of small functions and a folder for files about them.
class ParityFile : public testing::Test {
 protected:
  ParityFile() : folder_(std::filesystem::temp_directory_path() / fmt::format("retort_parity_{}", getpid())) {
    std::filesystem::create_directories(folder_);
    registries_.parity.add("test.scale", {.summary = "x w factor",
                                          .source = "here",
                                          .inputs = {{"x", "[N,C]"}, {"shift", "[C]", "f32", true}},
                                          .states = {{"w.*", "[C]"}},
                                          .options = {"factor", "detached"},
                                          .outputs = {{"value", "[N,C]"}},
                                          .run = [](ParityCall& call) {
                                            at::Tensor y =
                                                call.input("x") * call.state("w.0") * call.number("factor", 1);
                                            if (const auto shift = call.optional_input("shift")) y = y + *shift;
                                            call.output("value", call.flag("detached", false) ? y.detach() : y);
                                          }});
    registries_.parity.add("test.count", {.summary = "rows and a mask",
                                          .source = "here",
                                          .inputs = {{"index", "[...]", "i64"}},
                                          .outputs = {{"rows", "[]", "i64"}, {"mask", "[...]", "bool"}},
                                          .run = [](ParityCall& call) {
                                            const at::Tensor index = call.input("index");
                                            call.output("rows", at::scalar_tensor(index.size(0), at::kLong));
                                            call.output("mask", index.gt(0));
                                          }});
    registries_.parity.add("test.constant", {.summary = "a number in the run's dtype",
                                             .source = "here",
                                             .options = {"value"},
                                             .outputs = {{"value", "[]"}},
                                             .run = [](ParityCall& call) {
                                               call.output("value",
                                                           at::scalar_tensor(call.number("value"), call.floating()));
                                             }});
  }
  ~ParityFile() override { std::filesystem::remove_all(folder_); }

  ParityOutcome run(const std::string& function, const io::NamedTensors& tensors, const std::string& params = "{}",
                    ParityDtype dtype = ParityDtype::as_stored) {
    return run_with(
        {{"retort.function", function}, {"retort.params", params}, {"retort.rtol", "1e-5"}, {"retort.atol", "1e-7"}},
        tensors, dtype);
  }

  ParityOutcome run_with(const io::StringMap& metadata, const io::NamedTensors& tensors,
                         ParityDtype dtype = ParityDtype::as_stored) {
    const auto file = folder_ / "case.safetensors";
    io::save_safetensors(file, tensors, metadata);
    return run_parity_file(registries_, file, dtype);
  }

  void expect_failure(const ParityOutcome& outcome, const std::string& words) {
    EXPECT_EQ(outcome.kind, ParityOutcome::Kind::failed) << outcome.line;
    EXPECT_EQ(outcome.line.rfind("FAIL  ", 0), 0u) << outcome.line;
    EXPECT_NE(outcome.line.find(words), std::string::npos) << outcome.line;
  }

  /// x * w with x = [[1,2],[3,4]], w = [2,10].
  static io::NamedTensors scale_case() {
    const at::Tensor x = at::tensor({1.f, 2.f, 3.f, 4.f}).view({2, 2}), w = at::tensor({2.f, 10.f});
    return {{"in/x", x}, {"state/w.0", w}, {"out/value", x * w}};
  }

  std::filesystem::path folder_;
  Registries registries_;
};

TEST_F(ParityFile, passes_and_says_so) {
  const auto outcome = run("test.scale", scale_case());
  EXPECT_EQ(outcome.kind, ParityOutcome::Kind::passed);
  EXPECT_EQ(outcome.line, "ok  test.scale  case.safetensors  max abs 0.0e+00  max rel 0.0e+00");
}

TEST_F(ParityFile, names_the_first_offending_element) {
  auto tensors = scale_case();
  tensors["out/value"] = tensors["out/value"].clone();
  tensors["out/value"][1][0] = 6.5;
  tensors["out/value"][1][1] = 0;
  expect_failure(run("test.scale", tensors), "out/value[1,0] is 6, should be 6.5 (off by 5.00e-01)");
}

TEST_F(ParityFile, checks_gradients_with_cotangents) {
  auto tensors = scale_case();
  const at::Tensor cotangent = at::tensor({1.f, -1.f, 0.5f, 2.f}).view({2, 2});
  tensors["cot/value"] = cotangent;
  tensors["grad/x"] = cotangent * tensors["state/w.0"];
  tensors["grad/state/w.0"] = (cotangent * tensors["in/x"]).sum(0);
  EXPECT_EQ(run("test.scale", tensors).kind, ParityOutcome::Kind::passed);
  EXPECT_EQ(run("test.scale", tensors, "{}", ParityDtype::float64).kind, ParityOutcome::Kind::passed);
  tensors.erase("cot/value");
  expect_failure(run("test.scale", tensors), "grad/state/w.0[0] is 4");
}

TEST_F(ParityFile, a_function_without_gradients_fails_where_one_is_stored) {
  auto tensors = scale_case();
  tensors["grad/x"] = at::ones({2, 2});
  expect_failure(run("test.scale", tensors, R"({"detached": true})"), "the function gave no gradient");
  tensors["grad/x"] = at::zeros({2, 2});
  EXPECT_EQ(run("test.scale", tensors, R"({"detached": true})").kind, ParityOutcome::Kind::passed);
}

TEST_F(ParityFile, float64_shows_what_float32_hides) {
  const io::NamedTensors tensors = {{"out/value", at::scalar_tensor(0.1, at::kDouble)}};
  const io::StringMap metadata = {{"retort.function", "test.constant"},
                                  {"retort.params", R"({"value": 0.1})"},
                                  {"retort.rtol", "1e-12"},
                                  {"retort.atol", "0"}};
  EXPECT_EQ(run_with(metadata, tensors).kind, ParityOutcome::Kind::failed);
  EXPECT_EQ(run_with(metadata, tensors, ParityDtype::float64).kind, ParityOutcome::Kind::passed);
}

TEST_F(ParityFile, integers_and_booleans_are_exact) {
  const at::Tensor index = at::tensor({0, 3, -1}, at::kLong);
  io::NamedTensors tensors = {
      {"in/index", index}, {"out/rows", at::scalar_tensor(3, at::kLong)}, {"out/mask", index.gt(0)}};
  EXPECT_EQ(run("test.count", tensors).kind, ParityOutcome::Kind::passed);
  tensors["out/mask"] = at::ones({3}, at::kBool);
  expect_failure(run("test.count", tensors), "out/mask[0] is 0, should be 1");
  tensors["out/rows"] = at::scalar_tensor(3, at::kInt);
  expect_failure(run("test.count", tensors), "out/rows is i32; the function declares i64");
}

TEST_F(ParityFile, infinities_nan_and_empty_tensors) {
  auto tensors = scale_case();
  tensors["in/x"] = at::tensor({infinity, -infinity, std::nan(""), 0.0}).to(at::kFloat).view({2, 2});
  tensors["out/value"] = tensors["in/x"];
  EXPECT_EQ(run("test.scale", tensors).kind, ParityOutcome::Kind::passed);
  tensors["out/value"] = -tensors["in/x"];
  expect_failure(run("test.scale", tensors), "out/value[0,0] is inf, should be -inf");
  tensors["in/x"] = tensors["out/value"] = at::zeros({0, 2});
  EXPECT_EQ(run("test.scale", tensors).kind, ParityOutcome::Kind::passed);
}

TEST_F(ParityFile, names_shapes_dtypes_and_options_are_those_declared) {
  auto tensors = scale_case();
  tensors["in/y"] = at::zeros({1});
  expect_failure(run("test.scale", tensors), "in/y [1] is not declared; the function declares in/x, in/shift");
  tensors = scale_case();
  tensors["in/shift"] = at::zeros({3});
  expect_failure(run("test.scale", tensors), "in/x has shape [2,2]; the function declares [N,C] with C = 3");
  tensors = scale_case();
  tensors.erase("in/x");
  expect_failure(run("test.scale", tensors), "in/x f32 [N,C] is missing");
  tensors = scale_case();
  tensors["in/x"] = tensors["in/x"].to(at::kLong);
  expect_failure(run("test.scale", tensors), "in/x is i64; the function declares f32");
  tensors = scale_case();
  tensors["in/x"] = at::zeros({2, 2, 1});
  expect_failure(run("test.scale", tensors), "in/x has shape [2,2,1]; the function declares [N,C]");
  tensors = scale_case();
  tensors["grad/z"] = at::zeros({1});
  expect_failure(run("test.scale", tensors), "grad/z is stored without in/z");
  tensors = scale_case();
  tensors["inn/x"] = at::zeros({1});
  expect_failure(run("test.scale", tensors), "'inn/x' begins with none of");
  expect_failure(run("test.scale", scale_case(), R"({"facter": 2})"),
                 "unknown option 'facter'; did you mean 'factor'?");
  expect_failure(run("test.scale", scale_case(), R"({"factor": "two"})"), "should be a number");
  expect_failure(run("test.scale", scale_case(), "[]"), "not a JSON object");
  expect_failure(run("test.scale", scale_case(), "{"), "retort.params is no JSON");
}

TEST_F(ParityFile, unknown_functions_and_damaged_files_fail) {
  expect_failure(run("test.scala", scale_case()), "unknown function; did you mean 'test.scale'?");
  expect_failure(run_with({{"retort.function", "test.scale"}}, scale_case()), "__metadata__ has no retort.rtol");
  expect_failure(run_parity_file(registries_, folder_ / "absent.safetensors", ParityDtype::as_stored), "absent");
}

TEST(ParityCall, options_by_type) {
  const auto options = nlohmann::json::parse(
      R"({"n": 4.0, "list": [1, 2], "names": ["a"], "none": null, "yes": true, "half": 0.5, "word": "eps"})");
  const ParityCall call({}, options);
  EXPECT_EQ(call.integer("n"), 4);
  EXPECT_EQ(call.numbers("list"), (std::vector<double>{1, 2}));
  EXPECT_EQ(call.integers("list"), (std::vector<int64_t>{1, 2}));
  EXPECT_EQ(call.texts("names"), std::vector<std::string>{"a"});
  EXPECT_EQ(call.text("word"), "eps");
  EXPECT_TRUE(call.flag("yes"));
  EXPECT_FALSE(call.has_option("none"));
  EXPECT_EQ(call.number("none", 7), 7);
  EXPECT_EQ(call.integer("absent", 3), 3);
  EXPECT_THROW(call.integer("half"), UserError);
  EXPECT_THROW(call.number("absent"), UserError);
  EXPECT_THROW(call.flag("n"), UserError);
  EXPECT_THROW(call.input("x"), UserError);
  EXPECT_FALSE(call.optional_state("w"));
}

}  // namespace
}  // namespace retort::run
