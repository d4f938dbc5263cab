#include "distil/field/methods/checkpoint_field.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "core/errors.h"
#include "core/text.h"
#include "run/checkpoint.h"

namespace retort::field {

namespace {
constexpr int64_t highest_sh_degree = 3;

int64_t sh_degree_of(const run::StateReader& state, const at::Tensor& sh) {
  if (state.has("sh_degree")) {
    const auto degree = state.integer("sh_degree");
    if (degree < 0 || degree > highest_sh_degree) {
      user_error("{}: SH degree {} should be 0 to {}", state.source(), degree, highest_sh_degree);
    }
    return degree;
  }
  // Coefficients of degrees that training has not opened yet are all 0.
  for (int64_t degree = highest_sh_degree; degree > 0; --degree) {
    if (sh.slice(1, degree * degree, (degree + 1) * (degree + 1)).ne(0).any().item<bool>()) return degree;
  }
  return 0;
}
}  // namespace

std::optional<CheckpointField> field_of_checkpoint(const std::filesystem::path& run_folder,
                                                   const std::array<double, 3>& background) {
  const auto latest = run::load_latest_checkpoint(run_folder);
  if (!latest) return std::nullopt;
  const auto& state = latest->state;
  CheckpointField found{.field = {}, .step = latest->file.step};
  found.field.splats = splat::take_parameters(state.tensors(), "splats.", state.source());
  found.field.sh_degree = sh_degree_of(state, found.field.splats.sh);
  found.field.background = background;
  found.field.notes = {{"step", std::to_string(latest->file.step)}};
  if (state.has("lift.features")) {  // features that are refined after the colours
    const auto features = state.tensor("lift.features");
    if (features.dim() != 2 || features.size(0) != found.field.size() || features.scalar_type() != at::kFloat) {
      user_error("{}: the lifted features don't fit {} splats", state.source(), found.field.size());
    }
    found.field.splats.features = features.contiguous();
  }
  if (state.has("decoder.weight")) {
    const auto weight = state.tensor("decoder.weight"), bias = state.tensor("decoder.bias");
    if (weight.dim() != 2 || weight.size(1) != found.field.feature_dim() || bias.dim() != 1 ||
        bias.size(0) != weight.size(0)) {
      user_error("{}: the decoder does not fit {} channels", state.source(), found.field.feature_dim());
    }
    found.field.decoder = FeatureDecoder{weight, bias};
  }
  return found;
}

std::optional<int64_t> checkpoint_step(const GaussianField& field) {
  const auto note = field.notes.find("step");
  int64_t step = 0;
  if (note == field.notes.end() || !parse_integer(note->second, step)) return std::nullopt;
  return step;
}

}  // namespace retort::field
