#include "distil/field/editing/edit_history.h"

#include <ATen/ATen.h>

#include <set>
#include <utility>

namespace retort::field {

namespace {
// Adds the tensors that are not in `counted` yet.
uint64_t bytes_not_counted(const EditState& state, std::set<const void*>& counted) {
  uint64_t bytes = 0;
  const auto add = [&](const at::Tensor& tensor) {
    if (tensor.defined() && counted.insert(tensor.data_ptr()).second) bytes += tensor.nbytes();
  };
  for (const auto& [name, tensor] : state.field.splats.named()) add(*tensor);
  add(state.alive);
  add(state.selected);
  return bytes;
}
}  // namespace

EditHistory::EditHistory(EditState first, size_t most, uint64_t most_bytes) : most_(most), most_bytes_(most_bytes) {
  steps_.push_back({std::move(first), ""});
}

uint64_t EditHistory::bytes_beside_latest() const {
  std::set<const void*> counted;
  bytes_not_counted(steps_.back().state, counted);
  uint64_t bytes = 0;
  for (const auto& step : steps_) bytes += bytes_not_counted(step.state, counted);
  return bytes;
}

void EditHistory::push(EditState next, std::string what) {
  steps_.erase(steps_.begin() + static_cast<std::ptrdiff_t>(at_) + 1, steps_.end());
  steps_.push_back({std::move(next), std::move(what)});
  if (steps_.size() > most_ + 1) steps_.erase(steps_.begin());
  while (steps_.size() > 2 && bytes_beside_latest() > most_bytes_) steps_.erase(steps_.begin());
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
