#include "distil/field/editing/edit_history.h"

#include <utility>

namespace retort::field {

EditHistory::EditHistory(EditState first, size_t most) : most_(most) { steps_.push_back({std::move(first), ""}); }

void EditHistory::push(EditState next, std::string what) {
  steps_.erase(steps_.begin() + static_cast<std::ptrdiff_t>(at_) + 1, steps_.end());
  steps_.push_back({std::move(next), std::move(what)});
  if (steps_.size() > most_ + 1) steps_.erase(steps_.begin());
  at_ = steps_.size() - 1;
}

bool EditHistory::undo() {
  if (at_ == 0) return false;
  --at_;
  return true;
}

bool EditHistory::redo() {
  if (at_ + 1 == steps_.size()) return false;
  ++at_;
  return true;
}

std::string EditHistory::undoes() const { return at_ == 0 ? "" : steps_[at_].what; }
std::string EditHistory::redoes() const { return at_ + 1 == steps_.size() ? "" : steps_[at_ + 1].what; }

}  // namespace retort::field
