// What was done to a field, backwards and forwards.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "distil/field/editing/edit.h"

namespace retort::field {

/// States after each step; the tensors that a step left alone are shared, so a step costs what it changed. The oldest
/// are forgotten past `most` steps, and where what is kept beside the latest state holds more than `most_bytes`; one
/// step back always stays.
class EditHistory {
 public:
  static constexpr uint64_t usual_bytes = uint64_t{2} << 30;
  explicit EditHistory(EditState first, size_t most = 64, uint64_t most_bytes = usual_bytes);

  const EditState& now() const { return steps_[at_].state; }
  /// Drops what was undone and stands at `next`.
  void push(EditState next, std::string what);
  /// False when there is nothing to undo / redo.
  bool undo();
  bool redo();
  /// How often undo() can be called.
  size_t steps_back() const { return at_; }
  /// What undo() and redo() would take back or do again; empty: nothing.
  std::string undoes() const;
  std::string redoes() const;

 private:
  struct Step {
    EditState state;
    std::string what;
  };
  uint64_t bytes_beside_latest() const;

  std::vector<Step> steps_;
  size_t at_ = 0, most_;
  uint64_t most_bytes_;
};

}  // namespace retort::field
