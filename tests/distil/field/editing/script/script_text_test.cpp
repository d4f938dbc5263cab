#include "distil/field/editing/script/script_text.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "core/options.h"
#include "io/atomic_file.h"
#include "support/hostile_input.h"
#include "support/temporary_folder.h"
#include "support/user_error.h"

namespace retort::field {
namespace {

const std::string whole_script =
    "steps:\n"
    "  - select: {query: ball, against: [floor, cube], threshold: 0.24, rule: hybrid}\n"
    "  - delete: {}\n"
    "  - select: {click: [[120, 80], [1.5, 2]], not_click: [[3, 4]], view: \"0004\", similarity: 0.7}\n"
    "  - select: {box: [10, 20, 60, 70], view: left/0004, combine: add}\n"
    "  - select: {scribble: [[1, 2]], radius: 3, camera: {width: 8, height: 6, fx: 5, fy: 5, cx: 4, cy: 3,\n"
    "      world_to_camera: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 2, 0, 0, 0, 1]}}\n"
    "  - select: {lasso: [[0, 0], [4, 0], [0, 4]], view: a}\n"
    "  - select: {file: cut.safetensors, combine: subtract}\n"
    "  - grow: {rings: 2}\n"
    "  - shrink:\n"
    "  - fringe: {}\n"
    "  - invert: {}\n"
    "  - select_all: {}\n"
    "  - select_none: {}\n"
    "  - extract: {}\n"
    "  - recolour: {colour: [1, 0.5, 0]}\n"
    "  - recolour: {matrix: [1, 2, 3, 4, 5, 6, 7, 8, 9], offset: [0.1, 0.2, 0.3], keep_higher: true}\n"
    "  - recolour: {swap: bgr}\n"
    "  - opacity: {factor: 0.5}\n"
    "  - transform: {move: [0, 0.2, 0], rotate: {axis: [0, 2, 0], degrees: 90}, scale: 1.5, pivot: [1, 2, 3]}\n"
    "  - duplicate: {move: [1, 0, 0]}\n";

template <class T>
const T& step_as(const EditScript& script, size_t index) {
  return std::get<T>(script.steps.at(index).step);
}
template <class T>
const T& edit_as(const EditScript& script, size_t index) {
  return std::get<T>(step_as<Edit>(script, index));
}
template <class T>
const T& selection_as(const EditScript& script, size_t index) {
  return std::get<T>(step_as<SelectStep>(script, index).what);
}

std::vector<EditStep> steps_of(const EditScript& script) {
  std::vector<EditStep> steps;
  for (const auto& placed : script.steps) steps.push_back(placed.step);
  return steps;
}

std::string refusal(const std::string& text) {
  return tests::user_error_of([&] { parse_edit_script(text, "cut.yaml"); });
}

void expect_said(const std::string& message, const std::string& words) {
  EXPECT_NE(message.find(words), std::string::npos) << message;
}

TEST(EditScriptText, EveryStepIsRead) {
  const auto script = parse_edit_script(whole_script, "cut.yaml");
  ASSERT_EQ(script.steps.size(), 20u);
  EXPECT_EQ(script.steps[3].place, "cut.yaml:5");
  const auto& query = selection_as<QuerySelection>(script, 0);
  EXPECT_EQ(query.asked, "ball");
  EXPECT_EQ(query.against, (std::vector<std::string>{"floor", "cube"}));
  EXPECT_EQ(query.threshold, 0.24);
  EXPECT_EQ(query.rule, QueryRule::hybrid);
  const auto& clicks = selection_as<PointingSelection>(script, 2);
  EXPECT_EQ(clicks.points, (NumberPairs{{120, 80}, {1.5, 2}}));
  EXPECT_EQ(clicks.not_at, (NumberPairs{{3, 4}}));
  EXPECT_EQ(clicks.view, "0004");
  EXPECT_EQ(clicks.similarity, 0.7);
  EXPECT_EQ(selection_as<PointingSelection>(script, 3).points, (NumberPairs{{10, 20}, {60, 70}}));
  EXPECT_EQ(step_as<SelectStep>(script, 3).combine, "add");
  const auto& scribble = selection_as<PointingSelection>(script, 4);
  EXPECT_EQ(scribble.shape, PointedShape::scribble);
  EXPECT_EQ(scribble.camera.height, 6);
  EXPECT_EQ(scribble.camera.world_to_camera[11], 2);
  EXPECT_EQ(selection_as<PointingSelection>(script, 5).shape, PointedShape::lasso);
  EXPECT_EQ(selection_as<FileSelection>(script, 6).file, "cut.safetensors");
  EXPECT_EQ(step_as<GrowStep>(script, 7).rings, 2);
  EXPECT_EQ(step_as<ShrinkStep>(script, 8).rings, 1);
  EXPECT_TRUE(std::holds_alternative<FringeStep>(script.steps[9].step));
  EXPECT_EQ(edit_as<RecolourEdit>(script, 14).colour, (std::array<double, 3>{1, 0.5, 0}));
  EXPECT_EQ(edit_as<RecolourEdit>(script, 15).matrix[5], 6);
  EXPECT_EQ(edit_as<RecolourEdit>(script, 16).matrix, (std::array<double, 9>{0, 0, 1, 0, 1, 0, 1, 0, 0}));
  const auto& transform = edit_as<TransformEdit>(script, 18);
  EXPECT_NEAR(transform.rotation[0], std::sqrt(0.5), 1e-15);
  EXPECT_NEAR(transform.rotation[2], std::sqrt(0.5), 1e-15);
  EXPECT_EQ(transform.pivot, (std::array<double, 3>{1, 2, 3}));
  EXPECT_EQ(edit_as<DuplicateEdit>(script, 19).transform.pivot, std::nullopt);
}

TEST(EditScriptText, WrittenStepsReadBackAsTheyWere) {
  const auto text = edit_script_text(steps_of(parse_edit_script(whole_script, "cut.yaml")));
  const auto again = parse_edit_script(text, "again");
  EXPECT_EQ(edit_script_text(steps_of(again)), text);
  expect_said(text, "  - select: {query: ball, against: [floor, cube], rule: hybrid, threshold: 0.24}\n");
  expect_said(text, "  - delete: {}\n");
  expect_said(text, "  - fringe: {}\n");
  EXPECT_EQ(edit_as<TransformEdit>(again, 18).rotation,
            edit_as<TransformEdit>(parse_edit_script(whole_script, "a"), 18).rotation);
}

TEST(EditScriptText, NumbersKeepEveryBit) {
  const std::vector<double> awkward = {0.1,   1.0 / 3,  1e-300, 123456789.123456789, 5e-324, std::nextafter(1.0, 2),
                                       -1e-7, 1e8 + 0.1};
  for (const double number : awkward) {
    TransformEdit edit{.move = {number, -number, 0}, .rotation = turn_about({1, 2, number}, 33.3)};
    const auto script = parse_edit_script(edit_script_text({Edit{edit}, Edit{OpacityEdit{std::abs(number)}}}), "a");
    EXPECT_EQ(edit_as<TransformEdit>(script, 0).move, edit.move) << number;
    EXPECT_EQ(edit_as<TransformEdit>(script, 0).rotation, edit.rotation) << number;
    EXPECT_EQ(edit_as<OpacityEdit>(script, 1).factor, std::abs(number)) << number;
  }
}

TEST(EditScriptText, WordsOfAnyKindReadBack) {
  for (const std::string word :
       {"null", "~", "true", "12", "a: b", "#x", "{", "- a", "ö'\"", "a,b", "line\nline", " "}) {
    const SelectStep step{.what = QuerySelection{.asked = word, .against = {word, "x"}}};
    const auto script = parse_edit_script(edit_script_text({step}), "a");
    EXPECT_EQ(selection_as<QuerySelection>(script, 0).asked, word);
    EXPECT_EQ(selection_as<QuerySelection>(script, 0).against.front(), word);
  }
}

TEST(EditScriptText, OneStepComesAsJsonToo) {
  EXPECT_EQ(std::get<OpacityEdit>(parse_edit(R"({"opacity":{"factor":0.25}})", "edit")).factor, 0.25);
  EXPECT_EQ(edit_name(parse_edit(R"({"delete": {}})", "edit")), "delete");
  const auto recolour = parse_edit(R"({"recolour":{"colour":[1,0.5,0]}})", "edit");
  EXPECT_EQ(std::get<RecolourEdit>(recolour).colour, (std::array<double, 3>{1, 0.5, 0}));
  EXPECT_EQ(edit_step_text(recolour), "recolour: {colour: [1, 0.5, 0]}");
  expect_said(tests::user_error_of([] { parse_edit(R"({"select": {"file": "/etc/passwd"}})", "edit"); }), "is no edit");
  expect_said(tests::user_error_of([] { parse_edit(R"({"delete": {}, "extract": {}})", "edit"); }), "one key");
  expect_said(tests::user_error_of([] { parse_edit("{}", "edit"); }), "one key");
}

TEST(EditScriptText, FaultsAreToldTogetherWithTheirPlaces) {
  const auto message = refusal(
      "steps:\n  - select: {qeury: ball}\n  - delet: {}\n  - opacity: {factor: -1}\n"
      "  - transform: {scale: 0, move: [1, 2]}\n  - transform: {rotate: {quaternion: [1, 1, 0, 0]}}\n"
      "  - recolour: {swap: xyz}\n  - grow: {rings: 0}\n  - select: {box: [1, 2, 3], view: a}\n  - 7\n"
      "step: 1\n");
  expect_said(message, "cut.yaml:2: steps[0].select.qeury: unknown key; did you mean 'query'?");
  expect_said(message, "cut.yaml:2: steps[0].select.query: give one of query, click, box, lasso, scribble, file");
  expect_said(message, "cut.yaml:3: steps[1].delet: unknown key; did you mean 'delete'?");
  expect_said(message, "cut.yaml:4: steps[2].opacity.factor: -1 is outside");
  expect_said(message, "cut.yaml:5: steps[3].transform.move: takes three numbers");
  expect_said(message, "cut.yaml:6: steps[4].transform.rotate: the quaternion's length is");
  expect_said(message, "cut.yaml:7: steps[5].recolour.swap: takes three of r, g and b");
  expect_said(message, "cut.yaml:8: steps[6].grow.rings: 0 is outside");
  expect_said(message, "cut.yaml:9: steps[7].select.box: takes two corners");
  expect_said(message, "cut.yaml:10: steps[8]: expected a section");
  expect_said(message, "cut.yaml:11: step: unknown key; did you mean 'steps'?");
}

TEST(EditScriptText, WhatDoesNotFitTogetherIsRefused) {
  const auto step = [](const std::string& text) { return refusal("steps: [" + text + "]\n"); };
  expect_said(step("select: {box: [1, 2, 3, 4]}"), "which view was pointed at?");
  expect_said(step("select: {query: a, view: b}"), "belongs to click");
  expect_said(step("select: {query: a, rule: hard, threshold: 0.5}"), "has no place beside rule: hard");
  expect_said(step("select: {query: a, rule: soft}"), "need one");
  expect_said(step("select: {query: a, against: [none]}"), "need one");
  expect_said(step("select: {file: a, threshold: 0.5}"), "belong to a query");
  expect_said(step("select: {query: a, combine: ad}"), "did you mean 'add'?");
  expect_said(step("select: {query: a, file: b}"), "give one of");
  expect_said(step("select: {click: [[1, 2, 3]], view: a}"), "item 1: expected two numbers");
  expect_said(step("select: {click: [[1, 2]], camera: {width: 4}}"), "a camera has");
  expect_said(step("select: {lasso: [[1, 2], [3, 4]], view: a}"), "three corners");
  expect_said(step("recolour: {}"), "give one of colour");
  expect_said(step("recolour: {colour: [1, 2, 0]}"), "lie in [0, 1]");
  expect_said(step("transform: {move: [1e300, 0, 0]}"), "is outside");
  expect_said(step("transform: {rotate: {degrees: 5}}"), "about which axis?");
  expect_said(step("transform: {rotate: {axis: [0, 0, 0], degrees: 5}}"), "no length");
  expect_said(step("opacity: {factor: .nan}"), "is not a number");
  expect_said(refusal("{}"), "what is to be done?");
  expect_said(refusal("steps: 3"), "expected a list");
  expect_said(refusal("- a"), "an edit script is a map");
}

TEST(EditScriptText, DamagedScriptsAreTakenOrRefused) {
  tests::damage_everywhere(
      "steps:\n- select: {click: [[1, 2]], view: a}\n- transform: {rotate: {axis: [0, 1, 0], degrees: 3}}\n",
      [](const std::string& text) { parse_edit_script(text, "a"); });
}

TEST(EditScriptText, AFewBytesDoNotBecomeManySteps) {
  std::string script = "steps:\n- select: {click: &p [";
  for (int point = 0; point < 5000; ++point) script += "[1,2],";
  script += "], view: a}\n";
  for (int step = 0; step < 100; ++step) script += "- select: {click: *p, view: a}\n";
  expect_said(refusal(script), "more than 200000 points");
  std::string many = "steps:\n- &s {delete: {}}\n";
  for (int step = 0; step < 10'001; ++step) many += "- *s\n";
  expect_said(refusal(many), "at most 10000");
}

TEST(EditScriptText, FilesAreNamedInFaults) {
  const tests::TemporaryFolder folder;
  io::write_whole_file(folder / "cut.yaml", "steps: [{opacity: {factr: 1}}]\n");
  expect_said(tests::user_error_of([&] { load_edit_script(folder / "cut.yaml"); }),
              "cut.yaml:1: steps[0].opacity.factr");
  EXPECT_NE(tests::user_error_of([&] { load_edit_script(folder / "none.yaml"); }), "(no UserError)");
}

}  // namespace
}  // namespace retort::field
