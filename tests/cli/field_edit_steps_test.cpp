#include "cli/field_edit_steps.h"

#include <gtest/gtest.h>

#include "distil/field/editing/script/script_text.h"
#include "support/user_error.h"

namespace retort::cli {
namespace {

TEST(FieldEditSteps, OnlyDeletionsTakeTheFringeAlong) {
  QuickEdits edits;
  edits.opacity = {"wall=0.5"};
  edits.deleted = {"dog", "selection"};
  edits.selection = "/cut.safetensors";
  edits.fringe = true;
  EXPECT_EQ(field::edit_script_text(steps_of(script_of(edits))),
            "steps:\n  - select: {query: wall}\n  - opacity: {factor: 0.5}\n"
            "  - select: {query: dog}\n  - fringe: {}\n  - delete: {}\n"
            "  - select: {file: /cut.safetensors}\n  - fringe: {}\n  - delete: {}\n");
  edits.fringe = false;
  EXPECT_EQ(script_of(edits).steps.size(), 6u);
}

TEST(FieldEditSteps, AFringeWithoutADeletionIsRefused) {
  QuickEdits edits;
  edits.extracted = {"dog"};
  edits.fringe = true;
  EXPECT_NE(tests::user_error_of([&] { script_of(edits); }).find("beside --delete"), std::string::npos);
}

}  // namespace
}  // namespace retort::cli
