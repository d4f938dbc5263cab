// Numbers of the reference rasteriser (Feature 3DGS, cuda_rasterizer) that every path must share.
#pragma once

namespace retort::splat {

inline constexpr int tile_size = 16;                    ///< pixels a side
inline constexpr double near_depth = 0.2;               ///< camera z at or below which a splat is culled
inline constexpr double projection_regulariser = 1e-7;  ///< added to z before the division
inline constexpr double field_of_view_slack = 1.3;      ///< x / z is clamped to this times tan(fov / 2) in the Jacobian
inline constexpr double screen_blur = 0.3;              ///< square pixels added to both 2-D variances
inline constexpr double least_spread = 0.1;             ///< floor under mid^2 - det in the radius
inline constexpr double inverse_regulariser = 1e-7;     ///< added to det^2 in the gradient of the conic
inline constexpr double most_alpha = 0.99;
inline constexpr double least_alpha = 1.0 / 255.0;
inline constexpr double least_transmittance = 1e-4;  ///< a splat that would push T below is not blended, nor any after
inline constexpr double most_radius = 1 << 28;       ///< pixels; keeps the conversion to int defined

}  // namespace retort::splat
