#include "run/chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace retort::run {

namespace {
constexpr double chart_width = 400, chart_height = 210;
constexpr double left_margin = 52, right_margin = 20, top_margin = 10, bottom_margin = 38;
constexpr size_t few_points = 30;     // these are shown as they are
constexpr size_t most_points = 400;   // more than the picture has room for
constexpr double spans_a_curve = 25;  // the smoothing window is this part of the curve

struct Axis {
  double low, high, from, to;
  bool logarithmic = false;
  double place(double value) const {
    const auto scale = [this](double number) { return logarithmic ? std::log10(number) : number; };
    return from + (to - from) * (scale(value) - scale(low)) / (scale(high) - scale(low));
  }
};

Curve finite_points(const Curve& curve) {
  Curve finite{.name = curve.name, .timing = curve.timing, .steps = {}, .values = {}};
  for (size_t point = 0; point < curve.values.size(); ++point) {
    if (!std::isfinite(curve.values[point])) continue;
    finite.steps.push_back(curve.steps[point]);
    finite.values.push_back(curve.values[point]);
  }
  return finite;
}

// Keeps the lowest and the highest point of each of `most_points / 2` stretches, so that no spike gets lost.
Curve thinned(const Curve& curve) {
  const size_t count = curve.values.size(), stretches = most_points / 2;
  if (count <= most_points) return curve;
  Curve thin{.name = curve.name, .timing = curve.timing, .steps = {}, .values = {}};
  for (size_t stretch = 0; stretch < stretches; ++stretch) {
    const auto begin = curve.values.begin() + static_cast<ptrdiff_t>(count * stretch / stretches);
    const auto end = curve.values.begin() + static_cast<ptrdiff_t>(count * (stretch + 1) / stretches);
    const auto [low, high] = std::minmax_element(begin, end);
    for (const auto point : {std::min(low, high), std::max(low, high)}) {
      thin.steps.push_back(curve.steps[static_cast<size_t>(point - curve.values.begin())]);
      thin.values.push_back(*point);
    }
  }
  return thin;
}

std::string polyline(const Curve& curve, const Axis& x, const Axis& y, const char* css_class) {
  std::string text = fmt::format("<polyline class=\"{}\" points=\"", css_class);
  for (size_t point = 0; point < curve.values.size(); ++point) {
    text +=
        fmt::format("{:.1f},{:.1f} ", x.place(static_cast<double>(curve.steps[point])), y.place(curve.values[point]));
  }
  return text + "\"/>\n";
}

std::string dots(const Curve& curve, const Axis& x, const Axis& y) {
  std::string text;
  for (size_t point = 0; point < curve.values.size(); ++point) {
    text +=
        fmt::format("<circle class=\"dot\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"2.6\"><title>step {}: {}</title></circle>\n",
                    x.place(static_cast<double>(curve.steps[point])), y.place(curve.values[point]), curve.steps[point],
                    short_number(curve.values[point]));
  }
  return text;
}

std::string axes(const Axis& x, const Axis& y, const std::string& unit) {
  std::string text;
  for (const auto& tick : axis_ticks(y.low, y.high, 5, y.logarithmic)) {
    const double place = y.place(tick.value);
    text += fmt::format("<line class=\"grid\" x1=\"{}\" x2=\"{}\" y1=\"{:.1f}\" y2=\"{:.1f}\"/>", x.from, x.to, place,
                        place);
    text += fmt::format("<text class=\"tick\" text-anchor=\"end\" x=\"{}\" y=\"{:.1f}\">{}</text>\n", x.from - 6,
                        place + 4, tick.label);
  }
  for (const auto& tick : axis_ticks(x.low, x.high, 5, false)) {
    text += fmt::format("<text class=\"tick\" text-anchor=\"middle\" x=\"{:.1f}\" y=\"{}\">{}</text>\n",
                        x.place(tick.value), y.from + 16, tick.label);
  }
  text += fmt::format("<line class=\"axis\" x1=\"{}\" x2=\"{}\" y1=\"{}\" y2=\"{}\"/>\n", x.from, x.to, y.from, y.from);
  text += fmt::format("<text class=\"name\" text-anchor=\"end\" x=\"{}\" y=\"{}\">step</text>\n", x.to, y.from + 33);
  const auto scale = y.logarithmic ? std::string(unit.empty() ? "log scale" : unit + ", log scale") : unit;
  if (!scale.empty())
    text += fmt::format("<text class=\"name\" x=\"{}\" y=\"{}\">{}</text>\n", x.from, y.from + 33, scale);
  return text;
}

// The range of the values with some air; never empty.
Axis value_axis(const std::vector<double>& values) {
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  Axis axis{*low, *high, chart_height - bottom_margin, top_margin, *low > 0 && *high / *low > 100};
  if (axis.logarithmic) return axis;
  const double air = *high > *low ? 0.05 * (*high - *low) : std::max(std::abs(*low) * 0.1, 1e-6);
  const bool above_zero = *low >= 0;
  axis.low -= air;
  axis.high += air;
  if (above_zero) axis.low = std::max(axis.low, 0.0);
  return axis;
}
}  // namespace

std::string short_number(double value) {
  if (value == 0) return "0";
  const double size = std::abs(value);
  if (size >= 1e6 || size < 1e-3) return fmt::format("{:.3g}", value);
  return size >= 1000 ? fmt::format("{:.0f}", value) : fmt::format("{:.4g}", value);
}

std::vector<Tick> axis_ticks(double low, double high, int wanted, bool logarithmic) {
  std::vector<Tick> ticks;
  if (logarithmic) {
    const bool powers_only = std::log10(high / low) > wanted / 2.0;
    for (int power = static_cast<int>(std::floor(std::log10(low))); power <= std::ceil(std::log10(high)); ++power) {
      for (const int factor : {1, 2, 5}) {
        const double value = factor * std::pow(10.0, power);
        if ((factor > 1 && powers_only) || value < low * (1 - 1e-9) || value > high * (1 + 1e-9)) continue;
        ticks.push_back({value, short_number(value)});
      }
    }
    return ticks;
  }
  const double raw = (high - low) / wanted, power = std::pow(10.0, std::floor(std::log10(raw)));
  const double factor = raw / power;
  const double spacing = power * (factor <= 1 ? 1 : factor <= 2 ? 2 : factor <= 5 ? 5 : 10);
  for (double index = std::ceil(low / spacing - 1e-9); index * spacing <= high + 1e-9 * spacing; ++index) {
    const double value = index * spacing + 0.0;  // the sum turns -0 into 0
    ticks.push_back(
        {value, std::abs(value) >= 10'000 ? fmt::format("{:.6g}k", value / 1000) : fmt::format("{:.6g}", value)});
  }
  return ticks;
}

std::vector<double> smoothed(const std::vector<double>& values, double span) {
  const double keep = 1 - 2 / (std::max(span, 1.0) + 1);
  std::vector<double> sums(values.size()), weights(values.size());
  const auto pass = [&](size_t first, ptrdiff_t direction) {
    double sum = 0, weight = 0;
    for (size_t done = 0, point = first; done < values.size(); ++done, point += static_cast<size_t>(direction)) {
      const bool finite = std::isfinite(values[point]);
      sum = keep * sum + (finite ? (1 - keep) * values[point] : 0);
      weight = keep * weight + (finite ? 1 - keep : 0);
      sums[point] += sum;
      weights[point] += weight;
    }
  };
  pass(0, 1);
  if (!values.empty()) pass(values.size() - 1, -1);
  std::vector<double> averages(values.size());
  for (size_t point = 0; point < values.size(); ++point) {
    averages[point] = weights[point] > 0 ? sums[point] / weights[point] : values[point];
  }
  return averages;
}

std::string unit_of_scalar(const std::string& name) {
  const auto last = name.substr(name.rfind('/') + 1);
  if (last.find("psnr") != std::string::npos) return "dB";
  if (last.ends_with("_per_second")) return "1/s";
  if (last.ends_with("seconds")) return "s";
  if (last.ends_with("_ms")) return "ms";
  if (last.ends_with("bytes")) return "bytes";
  if (last.ends_with("_mb")) return "MB";
  return "";
}

std::string render_chart(const Curve& all) {
  const auto curve = finite_points(all);
  if (curve.values.empty()) return "<p class=\"quiet\">no finite values</p>\n";
  Axis x{static_cast<double>(curve.steps.front()), static_cast<double>(curve.steps.back()), left_margin,
         chart_width - right_margin};
  if (x.low > 0 && x.low < 0.1 * x.high) x.low = 0;
  if (x.high <= x.low) x.low -= 1, x.high = x.low + 2;
  const auto y = value_axis(curve.values);
  std::string text = fmt::format("<svg viewBox=\"0 0 {} {}\" role=\"img\">\n", chart_width, chart_height);
  text += axes(x, y, unit_of_scalar(curve.name));
  const auto count = curve.values.size();
  if (count < few_points) {
    text += polyline(curve, x, y, "line") + dots(curve, x, y);
  } else {
    auto course = curve;
    course.values = smoothed(curve.values, static_cast<double>(count) / spans_a_curve);
    text += polyline(thinned(curve), x, y, "raw") + polyline(thinned(course), x, y, "line");
  }
  return text + "</svg>\n";
}

std::string escaped_html(std::string_view text) {
  std::string html;
  for (const char letter : text) {
    if (letter == '&')
      html += "&amp;";
    else if (letter == '<')
      html += "&lt;";
    else if (letter == '>')
      html += "&gt;";
    else if (letter == '"')
      html += "&quot;";
    else
      html += letter;
  }
  return html;
}

}  // namespace retort::run
