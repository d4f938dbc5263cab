// LPIPS as a part of a field's evaluation: what a recipe may say about it, and the network once it is opened.
#pragma once

#include <ATen/core/Tensor.h>

#include <optional>
#include <string>
#include <vector>

#include "core/options.h"
#include "distil/field/scene/scene.h"
#include "metrics/lpips.h"

namespace retort::field {

/// The trunk to measure with, or none.
enum class LpipsChoice { none, alex, vgg, squeeze };
inline std::vector<std::string> choices(LpipsChoice) { return {"none", "alex", "vgg", "squeeze"}; }

struct EvaluateOptions {
  LpipsChoice lpips = LpipsChoice::none;
  std::string lpips_trunk = "auto";  // a file, weights:NAME, or auto: the published one, from the store
  std::string lpips_heads = "auto";
  metrics::LpipsScaling lpips_scaling = metrics::LpipsScaling::to_minus_one_one;
};
void fields(OptionVisitor& v, EvaluateOptions& o);

/// A trunk with its heads, ready to measure.
struct LpipsNetwork {
  metrics::LpipsOptions options;
  metrics::LpipsWeights weights;
};

/// Opens what `options` ask for; nothing when they ask for none. UserError when a file is absent (published weights:
/// not fetched yet, see `retort weights`), damaged or another network's, and when a view of `views` (indices into
/// scene.views) is too small for the trunk: better now than after hours of training.
std::optional<LpipsNetwork> open_lpips(const EvaluateOptions& options, const Scene& scene,
                                       const std::vector<int>& views);

}  // namespace retort::field
