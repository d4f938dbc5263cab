#include "distil/field/selection/growing.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <utility>

#include "core/errors.h"
#include "distil/field/language/relevancy_histogram.h"

namespace retort::field {

namespace {

constexpr size_t most_seeds = 384;
constexpr float least_seed_weight = 0.02F;  ///< of the heaviest
constexpr double least_alike = 0.5;         ///< of two seeds; few pixels may show one thing alone
constexpr double least_slack = 0.02;        ///< of likeness between the seeds' mean and the threshold
constexpr double step_spacings = 3;

/// The heaviest, heaviest first.
void keep_heaviest(std::vector<WeightedSplat>& splats) {
  const auto heavier = [](const WeightedSplat& a, const WeightedSplat& b) {
    return a.weight != b.weight ? a.weight > b.weight : a.splat < b.splat;
  };
  const auto kept = std::min(most_seeds, splats.size());
  std::partial_sort(splats.begin(), splats.begin() + static_cast<std::ptrdiff_t>(kept), splats.end(), heavier);
  splats.resize(kept);
  while (!splats.empty() && splats.back().weight < least_seed_weight * splats.front().weight) splats.pop_back();
}

struct WeightedRows {
  at::Tensor rows, weights;  ///< [M,C], [M] with sum 1
};

WeightedRows weighted_rows(const GrowthField& field, const std::vector<WeightedSplat>& taken) {
  std::vector<int64_t> splats;
  std::vector<float> values;
  for (const auto& one : taken) {
    splats.push_back(one.splat);
    values.push_back(one.weight);
  }
  WeightedRows found{.rows = field.likeness.rows_about(splats, field.neighbours, field.opacity),
                     .weights = at::tensor(values)};
  found.weights /= found.weights.sum();
  return found;
}

}  // namespace

std::vector<WeightedSplat> weighted_splats(const at::Tensor& weights) {
  const auto whole = weights.contiguous();
  const float* value = whole.data_ptr<float>();
  std::vector<WeightedSplat> found;
  for (int64_t splat = 0; splat < whole.numel(); ++splat) {
    if (value[splat] > 0) found.push_back({.weight = value[splat], .splat = splat});
  }
  return found;
}

Seeds find_seeds(const GrowthField& field, std::vector<WeightedSplat> inside, std::vector<WeightedSplat> outside) {
  keep_heaviest(inside);
  keep_heaviest(outside);
  if (inside.empty()) return {};
  const auto shown = weighted_rows(field, inside);
  const auto pairs = field.likeness.between(shown.rows, shown.rows);
  const double alike = std::max(least_alike, relevancy_histogram(pairs).proposed_threshold());
  auto support = at::mv(pairs.ge(alike).to(at::kFloat), shown.weights);
  if (!outside.empty()) {
    const auto around = weighted_rows(field, outside);
    const auto across = field.likeness.between(shown.rows, around.rows).ge(alike).to(at::kFloat);
    support -= at::mv(across, around.weights);
  }
  const auto likes = pairs[support.argmax().item<int64_t>()].ge(alike).contiguous();
  Seeds seeds;
  for (int64_t place = 0; place < likes.numel(); ++place) {
    if (!likes.data_ptr<bool>()[place]) continue;
    seeds.splats.push_back(inside[place].splat);
    seeds.weights.push_back(inside[place].weight);
  }
  const auto kept = likes.to(at::kFloat) * shown.weights;
  seeds.example = at::mv(shown.rows.t(), kept) / kept.sum();
  return seeds;
}

double proposed_likeness(const at::Tensor& sample, const SmoothedValues& values, const Seeds& seeds) {
  double sum = 0, weight = 0;
  for (size_t seed = 0; seed < seeds.splats.size(); ++seed) {
    sum += double{seeds.weights[seed]} * values[seeds.splats[seed]];
    weight += seeds.weights[seed];
  }
  RT_CHECK(weight > 0, "likeness of no seeds");
  const double own = sum / weight;
  const auto histogram = relevancy_histogram(sample);
  const double parting = histogram.proposed_threshold();
  double low = 0, count = 0;
  for (int bin = 0; bin < relevancy_bins && histogram.bin_edge(bin + 1) <= parting; ++bin) {
    const auto held = static_cast<double>(histogram.counts[bin]);
    low += held * (histogram.bin_edge(bin) + histogram.bin_edge(bin + 1)) / 2;
    count += held;
  }
  const double rest = count > 0 ? low / count : histogram.low;
  return std::min(own - least_slack, (own + rest) / 2);
}

std::vector<int64_t> reached(const std::vector<int64_t>& seeds, const SplatTest& allowed, const SplatGraph& graph,
                             double reach, int64_t most) {
  std::vector<uint8_t> known(graph.spacing.size(), 0);
  std::vector<int64_t> queue;
  const auto full = [&] { return most > 0 && static_cast<int64_t>(queue.size()) >= most; };
  const auto meet = [&](int64_t splat) {
    known[splat] = 1;
    if (allowed(splat)) queue.push_back(splat);
  };
  for (const int64_t seed : seeds) {
    if (!known[seed] && !full()) meet(seed);
  }
  // Breadth first: with a limit, what is near the seeds comes before what is far.
  for (size_t next = 0; next < queue.size() && !full(); ++next) {
    const int64_t from = queue[next];
    for (int64_t edge = graph.offsets[from]; edge < graph.offsets[from + 1] && !full(); ++edge) {
      const int32_t to = graph.targets[edge];
      if (known[to]) continue;
      const double longest = reach > 0 ? reach : step_spacings * std::max(graph.spacing[from], graph.spacing[to]);
      if (graph.lengths[edge] <= longest) meet(to);
    }
  }
  return queue;
}

}  // namespace retort::field
