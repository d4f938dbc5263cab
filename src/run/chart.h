// One curve as an inline SVG picture.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "run/metrics_log.h"

namespace retort::run {

/// Positions and labels of about `wanted` round ticks within [low, high]; on a logarithmic axis those of 1, 2, 5 times
/// powers of ten (or powers alone when there are many). `low` < `high`; positive when logarithmic.
struct Tick {
  double value = 0;
  std::string label;
};
std::vector<Tick> axis_ticks(double low, double high, int wanted, bool logarithmic);

/// Mean under weights that fall off exponentially to both sides (so the course does not lag), unbiased at the ends;
/// `span` points of each side carry most of the weight. Non-finite values are passed over.
std::vector<double> smoothed(const std::vector<double>& values, double span);

/// "dB" for .../psnr, "1/s" for .../steps_per_second and so on; "" when the name tells none.
std::string unit_of_scalar(const std::string& name);

/// Value with as many digits as a reader wants: 12345, 0.01234, 3.2e-07.
std::string short_number(double value);

/// Text as it stands in HTML and SVG, also within quotes.
std::string escaped_html(std::string_view text);

/// The SVG: axes, ticks, the points faint and their smoothed course strong (few points: dots on a line). Logarithmic
/// when positive values span more than two powers of ten. Colours come from the page's CSS classes.
std::string render_chart(const Curve& curve);

}  // namespace retort::run
