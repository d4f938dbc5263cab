#include "distil/field/editing/edit.h"

#include <ATen/ATen.h>

#include <utility>

#include "core/errors.h"
#include "distil/field/editing/recolour.h"
#include "distil/field/gaussians/turn.h"
#include "distil/field/gaussians/subset.h"

namespace retort::field {

namespace {
// Opacities of 1e-13 and 1 - 1e-13: invisible and opaque in every format, and still finite.
constexpr double most_opacity_logit = 30;

at::Tensor selected_rows(const EditState& state) { return state.selected.nonzero().squeeze(1); }

/// Rows of a tensor replaced in a copy of it.
at::Tensor with_rows(const at::Tensor& tensor, const at::Tensor& rows, const at::Tensor& values) {
  return tensor.index_copy(0, rows, values);
}

/// Some splats without their features, which no edit of places and looks needs to read.
splat::SplatParameters looks_of(const splat::SplatParameters& splats, const at::Tensor& rows) {
  splat::SplatParameters part = splats;
  part.features = at::empty({splats.size(), 0}, at::kFloat);
  for (auto& [name, tensor] : part.named()) *tensor = tensor->index_select(0, rows);
  return part;
}

std::array<double, 3> middle_of(const at::Tensor& means) {
  const auto dense = means.contiguous();
  const auto places = dense.accessor<float, 2>();
  std::array<double, 3> sums = {};
  for (int64_t row = 0; row < places.size(0); ++row) {
    for (int axis = 0; axis < 3; ++axis) sums[size_t(axis)] += places[row][axis];
  }
  for (double& sum : sums) sum /= double(places.size(0));
  return sums;
}

SplatMove move_of(const TransformEdit& edit, const at::Tensor& means) {
  SplatMove move{.rotation = edit.rotation, .scale = edit.scale, .shift = edit.move};
  // Without a turn nothing is computed about the pivot, so that a move is a sum and no more.
  if (edit.rotation == SplatMove{}.rotation && edit.scale == 1) return move;
  const auto pivot = edit.pivot ? *edit.pivot : middle_of(means);
  const auto rotation = rotation_of(edit.rotation);
  for (size_t row = 0; row < 3; ++row) {
    double turned = 0;
    for (size_t column = 0; column < 3; ++column) turned += rotation[3 * row + column] * pivot[column];
    move.shift[row] += pivot[row] - edit.scale * turned;
  }
  return move;
}

struct ApplyEdit {
  const EditState& state;
  const at::Tensor rows;  ///< [M] int64, of the selected splats

  EditState operator()(const DeleteEdit&) const {
    EditState next = state;
    next.alive = state.alive & ~state.selected;
    next.selected = at::zeros_like(state.selected);
    if (next.alive_count() == 0)
      user_error("delete: all splats are selected, nothing would be left; undo, or select fewer");
    return next;
  }

  EditState operator()(const ExtractEdit&) const {
    EditState next = state;
    next.alive = state.selected;
    return next;
  }

  EditState operator()(const RecolourEdit& edit) const {
    EditState next = state;
    auto& splats = next.field.splats;
    const auto before = splats.sh.index_select(0, rows);
    splats.sh = with_rows(splats.sh, rows, recoloured(before, splats.opacity_logits.index_select(0, rows), edit));
    return next;
  }

  EditState operator()(const OpacityEdit& edit) const {
    EditState next = state;
    if (edit.factor == 1) return next;
    auto& logits = next.field.splats.opacity_logits;
    const auto opacity = (logits.index_select(0, rows).to(at::kDouble).sigmoid() * edit.factor).clamp_max(1);
    const auto changed = (opacity.log() - opacity.neg().log1p()).clamp(-most_opacity_logit, most_opacity_logit);
    logits = with_rows(logits, rows, changed.to(at::kFloat));
    return next;
  }

  EditState operator()(const TransformEdit& edit) const {
    EditState next = state;
    auto& splats = next.field.splats;
    const auto before = looks_of(splats, rows);
    auto moved = before;
    move_splats(moved, move_of(edit, before.means));
    const auto old_parts = before.named(), new_parts = std::as_const(moved).named();
    auto parts = splats.named();
    for (size_t part = 0; part < parts.size(); ++part) {
      if (new_parts[part].second->is_same(*old_parts[part].second)) continue;
      *parts[part].second = with_rows(*parts[part].second, rows, *new_parts[part].second);
    }
    return next;
  }

  EditState operator()(const DuplicateEdit& edit) const {
    EditState next = state;
    auto copy = looks_of(state.field.splats, rows);
    copy.features = state.field.splats.features.index_select(0, rows);
    move_splats(copy, move_of(edit.transform, copy.means));
    const auto copied = std::as_const(copy).named();
    auto parts = next.field.splats.named();
    for (size_t part = 0; part < parts.size(); ++part) {
      *parts[part].second = at::cat({*parts[part].second, *copied[part].second});
    }
    if (auto& codes = next.field.codes) {
      const auto added = metrics::select_rows(*codes, rows);
      codes->indices = at::cat({codes->indices, added.indices});
      if (codes->has_coefficients()) codes->coefficients = at::cat({codes->coefficients, added.coefficients});
    }
    const auto fresh = at::ones({rows.size(0)}, at::kBool);
    next.alive = at::cat({state.alive, fresh});
    next.selected = at::cat({at::zeros_like(state.selected), fresh});
    return next;
  }
};
}  // namespace

int64_t EditState::alive_count() const { return alive.sum().item<int64_t>(); }
int64_t EditState::selected_count() const { return selected.sum().item<int64_t>(); }

EditState begin_editing(GaussianField field) {
  const auto splats = field.size();
  return {
      .field = std::move(field), .alive = at::ones({splats}, at::kBool), .selected = at::zeros({splats}, at::kBool)};
}

EditState with_selection(const EditState& state, const at::Tensor& selected) {
  RT_CHECK(selected.scalar_type() == at::kBool && selected.sizes() == state.alive.sizes(),
           "a selection of {} splats of {}", selected.numel(), state.alive.numel());
  EditState next = state;
  next.selected = selected & state.alive;
  return next;
}

EditState apply_edit(const EditState& state, const Edit& edit) {
  problems_of(edit).raise(edit_name(edit));
  const auto rows = selected_rows(state);
  if (rows.size(0) == 0) user_error("{}: nothing is selected; select splats first", edit_name(edit));
  return std::visit(ApplyEdit{state, rows}, edit);
}

GaussianField edited_field(const EditState& state) {
  return state.alive.all().item<bool>() ? state.field : subset(state.field, state.alive);
}

}  // namespace retort::field
