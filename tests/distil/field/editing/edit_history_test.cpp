#include "distil/field/editing/edit_history.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <utility>

#include "distil/field/editing/sample_field.h"

namespace retort::field {
namespace {

EditHistory history_of(size_t most) {
  auto state = begin_editing(tests::sample_field(8));
  return EditHistory(with_selection(state, tests::first_splats(state.field, 2)), most);
}

void halve(EditHistory& history, const std::string& what) {
  history.push(apply_edit(history.now(), OpacityEdit{0.5}), what);
}

TEST(EditHistory, UndoAndRedoWalkThroughTheStates) {
  auto history = history_of(10);
  const auto first = history.now().field.splats.opacity_logits;
  EXPECT_FALSE(history.undo());
  halve(history, "one");
  halve(history, "two");
  const auto last = history.now().field.splats.opacity_logits;
  EXPECT_EQ(history.undoes(), "two");
  EXPECT_TRUE(history.undo());
  EXPECT_EQ(history.undoes(), "one");
  EXPECT_EQ(history.redoes(), "two");
  EXPECT_TRUE(history.undo());
  EXPECT_EQ(history.now().field.splats.opacity_logits.data_ptr(), first.data_ptr());
  EXPECT_TRUE(history.redo());
  EXPECT_TRUE(history.redo());
  EXPECT_FALSE(history.redo());
  EXPECT_EQ(history.now().field.splats.opacity_logits.data_ptr(), last.data_ptr());
}

TEST(EditHistory, ANewStepDropsWhatWasUndone) {
  auto history = history_of(10);
  halve(history, "one");
  history.undo();
  halve(history, "other");
  EXPECT_EQ(history.redoes(), "");
  EXPECT_FALSE(history.redo());
  EXPECT_EQ(history.undoes(), "other");
}

TEST(EditHistory, TheOldestStepsAreForgotten) {
  auto history = history_of(3);
  for (const char* what : {"a", "b", "c", "d", "e"}) halve(history, what);
  int undone = 0;
  while (history.undo()) ++undone;
  EXPECT_EQ(undone, 3);
  EXPECT_EQ(history.redoes(), "c");
}

TEST(EditHistory, TheOldestStepsAreForgottenForTheirMemory) {
  // A step holds 8 opacities of 4 bytes; everything else is the latest state's as well.
  for (const auto& [most_bytes, kept] : {std::pair{uint64_t{100}, 3u}, {uint64_t{0}, 1u}}) {
    const auto state = begin_editing(tests::sample_field(8));
    EditHistory history(with_selection(state, tests::first_splats(state.field, 2)), 10, most_bytes);
    for (const char* what : {"a", "b", "c", "d", "e"}) halve(history, what);
    EXPECT_EQ(history.steps_back(), kept);
    EXPECT_EQ(history.undoes(), "e");
  }
}

TEST(EditHistory, StepsShareWhatTheyLeaveAlone) {
  auto history = history_of(10);
  const auto* features = history.now().field.splats.features.data_ptr();
  halve(history, "one");
  EXPECT_EQ(history.now().field.splats.features.data_ptr(), features);
  EXPECT_EQ(history.now().alive.data_ptr(), (history.undo(), history.now().alive.data_ptr()));
}

}  // namespace
}  // namespace retort::field
