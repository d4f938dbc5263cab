#include "distil/field/splat_files/byte_codebook.h"

#include <algorithm>
#include <cmath>
#include <span>

namespace retort::field {

namespace {
// A histogram of few numbers a bin would show chance and not density.
constexpr size_t numbers_a_bin = 128, least_bins = 32, most_bins = 4096;
constexpr int codebook_rounds = 40;

// First values: the best density of few values for many numbers grows with the cube root of theirs (Panter and Dite,
// 1951), which a histogram gives.
std::vector<double> companded_values(std::span<const float> sorted, size_t count) {
  const size_t bins = std::clamp(sorted.size() / numbers_a_bin, least_bins, most_bins);
  const double least = sorted.front(), width = (double{sorted.back()} - least) / static_cast<double>(bins);
  std::vector<double> weights(bins, 0);
  for (const float number : sorted) {
    ++weights[std::min(static_cast<size_t>((number - least) / width), bins - 1)];
  }
  double total = 0;
  for (auto& weight : weights) total += weight = std::cbrt(weight);
  std::vector<double> values;
  double below = 0;
  for (size_t bin = 0; bin < bins; ++bin) {
    while (values.size() < count) {
      const double wanted = (static_cast<double>(values.size()) + 0.5) / static_cast<double>(count) * total;
      if (wanted >= below + weights[bin]) break;
      values.push_back(least + width * (static_cast<double>(bin) + (wanted - below) / weights[bin]));
    }
    below += weights[bin];
  }
  values.resize(count, sorted.back());
  return values;
}

// Each value becomes the mean of the numbers nearest to it; values that have none are dropped.
std::vector<double> settled_values(std::span<const float> sorted, const std::vector<double>& sums,
                                   const std::vector<double>& values) {
  std::vector<double> means;
  size_t begin = 0;
  for (size_t index = 0; index < values.size(); ++index) {
    size_t end = sorted.size();
    if (index + 1 < values.size()) {
      const double middle = (values[index] + values[index + 1]) / 2;
      end = static_cast<size_t>(std::upper_bound(sorted.begin(), sorted.end(), middle) - sorted.begin());
    }
    if (end > begin) means.push_back((sums[end] - sums[begin]) / static_cast<double>(end - begin));
    begin = end;
  }
  return means;
}

ByteCodebook filled_codebook(const std::vector<float>& values) {
  ByteCodebook codebook;
  codebook.values.fill(values.back());
  std::copy(values.begin(), values.end(), codebook.values.begin());
  return codebook;
}

// Only the values that some number is nearest to: what was read from a codebook then makes the same codebook again.
ByteCodebook used_values(const ByteCodebook& codebook, std::span<const float> numbers) {
  std::array<bool, 256> used{};
  for (const float number : numbers) used[codebook.nearest(number)] = true;
  std::vector<float> values;
  for (size_t index = 0; index < used.size(); ++index) {
    if (used[index]) values.push_back(codebook.values[index]);
  }
  return filled_codebook(values);
}
}  // namespace

uint8_t ByteCodebook::nearest(float number) const {
  const float wanted = std::isnan(number) ? 0.f : number;
  const auto above = std::lower_bound(values.begin(), values.end(), wanted);
  if (above == values.begin()) return 0;
  const auto below = above - 1;
  const bool lower = above == values.end() || double{wanted} - *below <= double{*above} - wanted;
  // Of equal values the first, so that the same number always has the same byte.
  return static_cast<uint8_t>((lower ? std::lower_bound(values.begin(), values.end(), *below) : above) -
                              values.begin());
}

ByteCodebook fit_byte_codebook(std::vector<float> numbers) {
  ByteCodebook codebook;
  std::erase_if(numbers, [](float number) { return !std::isfinite(number); });
  if (numbers.empty()) return codebook;
  std::sort(numbers.begin(), numbers.end());
  std::vector<float> distinct;
  for (const float number : numbers) {
    if (distinct.empty() || number != distinct.back()) distinct.push_back(number);
    if (distinct.size() > codebook.values.size()) break;
  }
  if (distinct.size() <= codebook.values.size()) return filled_codebook(distinct);
  std::vector<double> sums(numbers.size() + 1, 0);
  for (size_t index = 0; index < numbers.size(); ++index) sums[index + 1] = sums[index] + numbers[index];
  auto values = companded_values(numbers, codebook.values.size());
  for (int round = 0; round < codebook_rounds; ++round) values = settled_values(numbers, sums, values);
  return used_values(filled_codebook({values.begin(), values.end()}), numbers);
}

}  // namespace retort::field
