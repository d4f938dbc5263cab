#include "distil/field/editing/edit_script.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "distil/field/editing/sample_field.h"
#include "distil/field/selection/selection.h"
#include "io/atomic_file.h"
#include "support/temporary_folder.h"
#include "support/user_error.h"

namespace retort::field {
namespace {

class EditScripts : public testing::Test {
 protected:
  EditScripts() {
    field_.splats.features = at::eye(4).repeat({10, 1}).contiguous();  // splat p shows word p % 4
    for (int64_t word = 0; word < 4; ++word) words_.add(std::string(1, char('a' + word)), at::eye(4)[word]);
    save_selection(folder_ / "cut.safetensors", {.mask = tests::first_splats(field_, 7), .from = "a test"});
  }

  EditHistory run(const std::string& steps) {
    return run_edit_script(parse_edit_script("steps:\n" + steps, "cut.yaml"), field_, around_);
  }
  std::string bytes_of(const EditState& state) {
    save_field(folder_ / "out.safetensors", edited_field(state));
    return io::read_whole_file(folder_ / "out.safetensors", 1 << 24);
  }
  std::string refusal(const std::string& steps) {
    return tests::user_error_of([&] { run(steps); });
  }

  const tests::TemporaryFolder folder_;
  ThreadPool pool_{1};
  Vocabulary words_;
  GaussianField field_ = tests::sample_field(40);
  EditSurroundings around_ = {.vocabulary = &words_, .pool = &pool_, .folder = folder_.path()};
};

TEST_F(EditScripts, QueriesSelectByTheRules) {
  EXPECT_EQ(run("- select: {query: b}\n").now().selected_count(), 10);
  EXPECT_EQ(run("- select: {query: b, against: [none], threshold: 0.5}\n").now().selected_count(), 10);
  // The share of the right word is e / (e + 3) = 0.475, that of another 1 / (e + 3) = 0.175.
  EXPECT_EQ(run("- select: {query: b, threshold: 0.48}\n").now().selected_count(), 0);
  EXPECT_EQ(run("- select: {query: b, threshold: 0.47}\n").now().selected_count(), 10);
  EXPECT_EQ(run("- select: {query: b, threshold: 0.17, rule: soft}\n").now().selected_count(), 40);
  EXPECT_EQ(run("- select: {query: b, threshold: 0.9, rule: hybrid}\n").now().selected_count(), 10);
  EXPECT_EQ(run("- select: {query: b, form: cosine, threshold: 0.5}\n").now().selected_count(), 10);
  EXPECT_EQ(run("- select: {query: b, form: relevancy, temperature: 10, threshold: 0.9}\n").now().selected_count(), 10);
}

TEST_F(EditScripts, SelectionsCombine) {
  const auto count = [&](const std::string& steps) { return run(steps).now().selected_count(); };
  EXPECT_EQ(count("- select: {file: cut.safetensors}\n"), 7);
  EXPECT_EQ(count("- select: {file: cut.safetensors}\n- select: {query: a, combine: intersect}\n"), 2);
  EXPECT_EQ(count("- select: {file: cut.safetensors}\n- select: {query: a, combine: subtract}\n"), 5);
  EXPECT_EQ(count("- select: {file: cut.safetensors}\n- select: {query: a, combine: add}\n"), 15);
  EXPECT_EQ(count("- select: {file: cut.safetensors}\n- invert: {}\n"), 33);
  EXPECT_EQ(count("- select_all: {}\n"), 40);
  EXPECT_EQ(count("- select_all: {}\n- select_none: {}\n"), 0);
  EXPECT_EQ(count("- select: {query: a}\n- delete: {}\n- select_all: {}\n"), 30);
}

TEST_F(EditScripts, TheFringeIsOfTheSameKindAndAlive) {
  const std::string two = "- select: {query: a}\n- select: {file: cut.safetensors, combine: intersect}\n";
  const auto mended = run(two + "- fringe: {}\n").now();
  EXPECT_GT(mended.selected_count(), 2);
  EXPECT_TRUE(mended.selected.masked_select(tests::first_splats(field_, 40) & (at::arange(40) % 4).ne(0))
                  .eq(0)
                  .all()
                  .item<bool>());
  EXPECT_EQ(run("- fringe: {}\n").now().selected_count(), 0);
  const std::string others_of_a = "- select: {query: a}\n- select: {file: cut.safetensors, combine: subtract}\n";
  EXPECT_EQ(run(others_of_a + "- delete: {}\n" + two + "- fringe: {}\n").now().selected_count(), 2)
      << "what is dead does not come back";
}

TEST_F(EditScripts, TheSameScriptGivesTheSameBytes) {
  const std::string steps =
      "- select: {query: a}\n- delete: {}\n- select: {query: b, threshold: 0.47}\n"
      "- recolour: {colour: [1, 0.3, 0]}\n- transform: {rotate: {axis: [1, 2, 3], degrees: 33.3}, scale: 1.1}\n"
      "- opacity: {factor: 0.7}\n- duplicate: {move: [0.1, 0.2, 0.3]}\n";
  const auto script = parse_edit_script("steps:\n" + steps, "cut.yaml");
  const auto once = bytes_of(run_edit_script(script, field_, around_).now());
  EXPECT_EQ(bytes_of(run_edit_script(script, field_, around_).now()), once);
  std::vector<EditStep> values;
  for (const auto& placed : script.steps) values.push_back(placed.step);
  const auto again = parse_edit_script(edit_script_text(values), "again.yaml");
  EXPECT_EQ(bytes_of(run_edit_script(again, field_, around_).now()), once);
  EXPECT_NE(bytes_of(begin_editing(field_)), once);
}

TEST_F(EditScripts, StepsAreReportedAndCanBeUndone) {
  std::vector<StepReport> reports;
  auto history = run_edit_script(parse_edit_script("steps: [select: {query: a}, delete: {}]", "cut.yaml"), field_,
                                 around_, [&](const StepReport& report) { reports.push_back(report); });
  ASSERT_EQ(reports.size(), 2u);
  EXPECT_EQ(reports[0].what, "select a");
  EXPECT_EQ(reports[0].selected, 10);
  EXPECT_EQ(reports[1].alive, 30);
  EXPECT_EQ(history.undoes(), "delete");
  history.undo();
  EXPECT_EQ(history.now().alive_count(), 40);
  EXPECT_EQ(history.now().selected_count(), 10);
}

TEST_F(EditScripts, FaultsNameTheStep) {
  EXPECT_NE(refusal("- delete: {}\n").find("cut.yaml:2: delete: nothing is selected"), std::string::npos);
  EXPECT_NE(refusal("- select_all: {}\n- select: {query: aa}\n").find("cut.yaml:3: "), std::string::npos);
  EXPECT_NE(refusal("- select: {box: [0, 0, 1, 1], view: x}\n").find("give --scene"), std::string::npos);
  EXPECT_NE(refusal("- select: {query: a, against: [a], rule: hard}\n").find("give a threshold"), std::string::npos);
  EXPECT_NE(refusal("- select: {file: none.safetensors}\n"), "(no UserError)");
}

}  // namespace
}  // namespace retort::field
