// Pictures that are decoded in part, or smaller, because of what comes first after decoding.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "io/image.h"

namespace retort::data {

/// Whether a JPEG may be decoded smaller than it is where a resize follows that would make it smaller anyway. It is
/// faster and changes the pixels slightly.
enum class DecodeScale { none, automatic };
inline std::vector<std::string> choices(DecodeScale) { return {"none", "auto"}; }

/// Told the whole picture's size, says what will be used of it.
using PartChooser = std::function<io::ImagePart(io::ImageSize)>;

/// The smallest scale of 1, 2, 4 and 8 eighths at which a part of width x height still has `wanted_width` x
/// `wanted_height` pixels. The decoder has vector code for these four; at the scales between it is slower than at 8.
int least_scale(int width, int height, int wanted_width, int wanted_height);

}  // namespace retort::data
