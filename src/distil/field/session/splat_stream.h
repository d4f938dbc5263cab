// A field's splats for a page that draws them: compact, and in an order in which any beginning is a picture of the
// whole (docs/design/page_protocol.md, /splats).
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <string>

#include "distil/field/gaussians/gaussian_field.h"

namespace retort::field {

/// A permutation of the field's rows, int64 [P]; the same every time. The rows along a Morton curve are cut into
/// neighbourhoods of 16; each gives its most visible splat (opacity times area) first, then the second of each, and so
/// on, the neighbourhoods in bit-reversed order: every beginning is spread evenly over space and has the big ones.
at::Tensor progressive_order(const GaussianField& field);

/// One block of the stream: the rows `rows` (int64 [n]) with their numbers as ids.
std::string encode_splat_block(const GaussianField& field, const at::Tensor& rows);

/// The header that leads the stream.
std::string splat_stream_header(const GaussianField& field);

constexpr int64_t splats_a_block = 16384;

/// The stream, piece by piece: header, then one block a call.
class SplatStream {
 public:
  explicit SplatStream(GaussianField field) : field_(std::move(field)) {}
  /// Nothing when all is told.
  std::optional<std::string> next();

 private:
  GaussianField field_;  ///< shares its tensors; they don't change
  at::Tensor order_;     ///< undefined before the header is out
  int64_t sent_ = 0;
};

}  // namespace retort::field
