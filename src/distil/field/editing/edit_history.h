// What was done to a field, backwards and forwards.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "distil/field/editing/edit.h"

namespace retort::field {

/// States after each step; the tensors that a step left alone are shared, so a step costs what it changed. The oldest
/// are forgotten past `most` steps.
class EditHistory {
 public:
  explicit EditHistory(EditState first, size_t most = 64);

  const EditState& now() const { return steps_[at_].state; }
  /// Drops what was undone and stands at `next`.
  void push(EditState next, std::string what);
  /// False when there is nothing to undo / redo.
  bool undo();
  bool redo();
  /// What undo() and redo() would take back or do again; empty: nothing.
  std::string undoes() const;
  std::string redoes() const;

 private:
  struct Step {
    EditState state;
    std::string what;
  };
  std::vector<Step> steps_;
  size_t at_ = 0, most_;
};

}  // namespace retort::field
