#include "distil/field/language/relevancy_histogram.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace retort::field {

namespace {
constexpr int chart_width = 48;
}  // namespace

double RelevancyHistogram::proposed_threshold() const {
  double all = 0, moment = 0;
  for (int bin = 0; bin < relevancy_bins; ++bin) {
    all += static_cast<double>(counts[bin]);
    moment += static_cast<double>(counts[bin]) * bin;
  }
  double below = 0, moment_below = 0, best = -1;
  int first = 0, last = 0;
  for (int edge = 1; edge < relevancy_bins; ++edge) {
    below += static_cast<double>(counts[edge - 1]);
    moment_below += static_cast<double>(counts[edge - 1]) * (edge - 1);
    const double above = all - below;
    if (below == 0 || above == 0) continue;
    const double gap = moment_below / below - (moment - moment_below) / above;
    const double between = below * above * gap * gap;
    if (between > best) {
      best = between;
      first = last = edge;
    } else if (between == best && last == edge - 1) {
      last = edge;  // empty bins between the groups: every edge there parts them alike
    }
  }
  return best < 0 ? low : (bin_edge(first) + bin_edge(last)) / 2;
}

std::string RelevancyHistogram::chart(double threshold) const {
  const auto height = [](int64_t count) { return std::log1p(static_cast<double>(count)); };
  double highest = 1e-9;
  for (int bin = 0; bin < relevancy_bins; bin += 2) highest = std::max(highest, height(counts[bin] + counts[bin + 1]));
  std::string text;
  for (int bin = 0; bin < relevancy_bins; bin += 2) {
    const int64_t count = counts[bin] + counts[bin + 1];
    const double begin = bin_edge(bin), end = bin_edge(bin + 2);
    const bool marked = threshold >= begin && (threshold < end || (bin + 2 == relevancy_bins && threshold <= end));
    const auto bar = static_cast<size_t>(std::lround(chart_width * height(count) / highest));
    text +=
        fmt::format("{:>8.3f} {} {:<{}} {}\n", begin, marked ? '>' : '|', std::string(bar, '#'), chart_width, count);
  }
  return text;
}

RelevancyHistogram relevancy_histogram(const at::Tensor& values) {
  RelevancyHistogram histogram;
  const auto all = values.detach().to(at::kFloat).contiguous().view({-1});
  const float* value = all.data_ptr<float>();
  float low = INFINITY, high = -INFINITY;
  for (int64_t i = 0; i < all.numel(); ++i) {
    if (!std::isfinite(value[i])) continue;
    low = std::min(low, value[i]);
    high = std::max(high, value[i]);
  }
  if (low > high) return histogram;
  histogram.low = low;
  histogram.high = high;
  const double scale = high > low ? relevancy_bins / (double{high} - low) : 0;
  for (int64_t i = 0; i < all.numel(); ++i) {
    if (!std::isfinite(value[i])) continue;
    const int bin = static_cast<int>((double{value[i]} - low) * scale);
    ++histogram.counts[std::min(bin, relevancy_bins - 1)];
  }
  return histogram;
}

}  // namespace retort::field
