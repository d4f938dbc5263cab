// A resize along one axis.
#pragma once

#include "core/isa.h"
#include "data/transforms/resize_weights.h"

namespace retort::data {

/// Every row resampled to axis.outputs() pixels; the axis was made for the picture's width. The same bytes for every
/// `isa`.
Picture resize_columns(const Picture& picture, const AxisWeights& axis, Isa isa);

/// Every column resampled to axis.outputs() pixels; the axis was made for the picture's height.
Picture resize_rows(const Picture& picture, const AxisWeights& axis, Isa isa);

}  // namespace retort::data
