// Operations on the values of 8-bit pictures, as Pillow defines them (ImageEnhance, ImageOps): what colour jitter and
// the augmentation policies are made of. One or three channels.
#pragma once

#include <cstdint>

#include "data/sets/sample.h"

namespace retort::data {

/// Away from black: 0 gives black, 1 the picture.
void adjust_brightness(Picture& picture, double factor);

/// Away from the picture's mean grey (rounded).
void adjust_contrast(Picture& picture, double factor);

/// Away from its grey version: 0 gives grey, 1 the picture. Grey pictures stay.
void adjust_saturation(Picture& picture, double factor);

/// Away from a smoothed picture (3x3, centre 5 of 13; the border stays): 0 smooths, 2 sharpens.
void adjust_sharpness(Picture& picture, double factor);

/// Turns the hue by `shift` of a full circle, -0.5 to 0.5. Grey pictures stay. Computed in floats, not in Pillow's
/// 8-bit HSV.
void adjust_hue(Picture& picture, double shift);

/// Keeps the `bits` highest bits, 0 to 8.
void posterise(Picture& picture, int bits);

/// Inverts values >= threshold (0 to 256; 256 changes nothing).
void solarise(Picture& picture, int threshold);

void invert(Picture& picture);

/// Stretches each channel's values to 0 ... 255.
void stretch_contrast(Picture& picture);

/// Makes each channel's histogram even.
void equalise(Picture& picture);

/// ITU-R 601 luma in 16-bit fixed point, as Pillow's mode "L".
uint8_t luma_of(uint8_t red, uint8_t green, uint8_t blue);

}  // namespace retort::data
