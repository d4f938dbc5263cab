// WebP pictures, kept exactly: how splat formats store tables of bytes.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "io/image.h"

namespace retort::io {

/// True when the bytes begin like a WebP file.
bool looks_like_webp(std::span<const uint8_t> bytes);

/// Width and height by the header; nothing is decoded. UserError for other files and for animations.
ImageSize webp_size(std::span<const uint8_t> bytes, const std::string& name);

/// The picture as RGBA. UserError when it is no WebP file, damaged or larger than the limits. A few bytes can hold a
/// picture of any size (one colour takes no bits a pixel): who knows what size to expect compares webp_size() first.
Image decode_webp(std::span<const uint8_t> bytes, const std::string& name, const ImageLimits& limits = {});

/// A lossless file of an RGBA picture, colours below alpha 0 included; the same picture gives the same bytes. Fault
/// unless it has four channels and at most `webp_max_side` pixels a side.
std::string encode_webp(const Image& image);

constexpr int webp_max_side = 16383;

}  // namespace retort::io
