#include "distil/field/editing/edit_script.h"

#include <ATen/ATen.h>

#include <chrono>
#include <optional>
#include <utility>

#include "core/errors.h"
#include "distil/field/editing/step_selection.h"
#include "distil/field/selection/selection.h"

namespace retort::field {

/// A pointer and the splats it was made for, which it refers to.
struct StepRunner::Tools {
  EditSurroundings surroundings;
  EditState pointed_at;
  std::optional<Pointer> pointer;

  Pointer& pointer_at(const EditState& state) {
    if (!pointer || !sees_the_same(state)) {
      pointer.reset();
      pointed_at = state;
      pointer.emplace(pointed_at.field, *surroundings.pool, surroundings.isa, pointed_at.alive);
    }
    return *pointer;
  }

  bool sees_the_same(const EditState& state) const {
    const auto parts = pointed_at.field.splats.named(), others = state.field.splats.named();
    for (size_t part = 0; part < parts.size(); ++part) {
      if (!parts[part].second->is_same(*others[part].second)) return false;
    }
    return pointed_at.alive.is_same(state.alive);
  }
};

namespace {
template <class Tools>
struct RunStep {
  Tools& tools;
  const EditState& state;

  EditState operator()(const SelectStep& step) const {
    const auto how = combine_named(step.combine);
    const auto made = std::visit([&](const auto& what) { return selected_by(what); }, step.what);
    return with_selection(state, combined(state.selected, made, how));
  }
  EditState operator()(const GrowStep& step) const {
    return with_selection(state, grown_selection(state.selected, step, tools.pointer_at(state)));
  }
  EditState operator()(const ShrinkStep& step) const {
    return with_selection(state, shrunk_selection(state.selected, step, tools.pointer_at(state)));
  }
  EditState operator()(const FringeStep&) const {
    return with_selection(state, tools.pointer_at(state).with_fringe(state.selected));
  }
  EditState operator()(const InvertStep&) const { return with_selection(state, ~state.selected); }
  EditState operator()(const SelectAllStep&) const { return with_selection(state, state.alive); }
  EditState operator()(const SelectNoneStep&) const { return with_selection(state, at::zeros_like(state.selected)); }
  EditState operator()(const Edit& edit) const { return apply_edit(state, edit); }

 private:
  at::Tensor selected_by(const PointingSelection& pointing) const {
    return selection_of(pointing, tools.pointer_at(state), tools.surroundings);
  }
  template <class Selection>
  at::Tensor selected_by(const Selection& selection) const {
    return selection_of(selection, state, tools.surroundings);
  }
};

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}
}  // namespace

StepRunner::StepRunner(const EditSurroundings& surroundings)
    : tools_(std::make_unique<Tools>(Tools{.surroundings = surroundings, .pointed_at = {}, .pointer = {}})) {
  RT_CHECK(surroundings.pool != nullptr, "edit scripts run on a pool of threads");
}
StepRunner::~StepRunner() = default;
StepRunner::StepRunner(StepRunner&&) noexcept = default;
StepRunner& StepRunner::operator=(StepRunner&&) noexcept = default;

EditState StepRunner::run(const EditStep& step, const EditState& state) {
  return std::visit(RunStep<Tools>{*tools_, state}, step);
}

EditHistory run_edit_script(const EditScript& script, GaussianField field, const EditSurroundings& surroundings,
                            const std::function<void(const StepReport&)>& report) {
  EditHistory history(begin_editing(std::move(field)));
  StepRunner runner(surroundings);
  for (size_t index = 0; index < script.steps.size(); ++index) {
    const auto& [step, place] = script.steps[index];
    const auto start = std::chrono::steady_clock::now();
    try {
      history.push(runner.run(step, history.now()), describe(step));
    } catch (const UserError& error) {
      if (place.empty()) throw;
      user_error("{}: {}", place, error.what());
    }
    if (!report) continue;
    report({.index = index,
            .count = script.steps.size(),
            .what = describe(step),
            .selected = history.now().selected_count(),
            .alive = history.now().alive_count(),
            .seconds = seconds_since(start)});
  }
  return history;
}

}  // namespace retort::field
