#include "distil/field/selection/growing.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <utility>

#include "core/errors.h"
#include "distil/field/language/relevancy_histogram.h"

namespace retort::field {

namespace {

constexpr int64_t most_seeds = 384;
constexpr float least_seed_weight = 0.02F;  ///< of the heaviest
constexpr double least_slack = 0.02;        ///< of likeness between the seeds' mean and the threshold
constexpr double step_spacings = 3;
constexpr double joins_at = 0.6, leaves_below = 0.25;  ///< shares of neighbours in the set
constexpr int settling_rounds = 2;
constexpr int64_t smoothed_splats_per_task = 8192;

/// The heaviest splats and their weights, heaviest first.
std::vector<std::pair<float, int64_t>> heaviest(const at::Tensor& weights) {
  const auto whole = weights.contiguous();
  const float* value = whole.data_ptr<float>();
  const float highest = whole.numel() == 0 ? 0 : whole.max().item<float>();
  std::vector<std::pair<float, int64_t>> order;
  if (!(highest > 0)) return order;
  for (int64_t splat = 0; splat < whole.numel(); ++splat) {
    if (value[splat] >= least_seed_weight * highest) order.emplace_back(value[splat], splat);
  }
  const auto later = [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first > b.first : a.second < b.second;
  };
  const auto kept = std::min<int64_t>(most_seeds, static_cast<int64_t>(order.size()));
  std::partial_sort(order.begin(), order.begin() + kept, order.end(), later);
  order.resize(kept);
  return order;
}

struct WeightedRows {
  at::Tensor rows, weights;  ///< [M,C], [M] with sum 1
  std::vector<std::pair<float, int64_t>> order;
};

WeightedRows weighted_rows(const Likeness& likeness, const at::Tensor& weights) {
  WeightedRows found{.rows = {}, .weights = {}, .order = heaviest(weights)};
  std::vector<int64_t> splats;
  std::vector<float> values;
  for (const auto& [weight, splat] : found.order) {
    splats.push_back(splat);
    values.push_back(weight);
  }
  if (splats.empty()) return found;
  found.rows = likeness.rows(at::tensor(splats, at::kLong));
  found.weights = at::tensor(values);
  found.weights /= found.weights.sum();
  return found;
}

}  // namespace

Seeds find_seeds(const Likeness& likeness, const at::Tensor& inside, const at::Tensor& outside) {
  const auto shown = weighted_rows(likeness, inside);
  if (shown.order.empty()) return {};
  const auto pairs = likeness.between(shown.rows, shown.rows);
  const double alike = relevancy_histogram(pairs).proposed_threshold();
  auto support = at::mv(pairs.ge(alike).to(at::kFloat), shown.weights);
  if (outside.defined()) {
    const auto around = weighted_rows(likeness, outside);
    if (!around.order.empty()) {
      const auto across = likeness.between(shown.rows, around.rows).ge(alike).to(at::kFloat);
      support -= at::mv(across, around.weights);
    }
  }
  const auto likes = pairs[support.argmax().item<int64_t>()].ge(alike).contiguous();
  Seeds seeds;
  for (int64_t place = 0; place < likes.numel(); ++place) {
    if (!likes.data_ptr<bool>()[place]) continue;
    seeds.splats.push_back(shown.order[place].second);
    seeds.weights.push_back(shown.order[place].first);
  }
  const auto kept = likes.to(at::kFloat) * shown.weights;
  seeds.example = at::mv(shown.rows.t(), kept) / kept.sum();
  return seeds;
}

at::Tensor smoothed(const at::Tensor& values, const SplatNeighbours& neighbours, const at::Tensor& weights,
                    ThreadPool& pool) {
  const int64_t count = values.size(0), k = neighbours.indices.size(1);
  RT_CHECK(values.dim() == 1 && weights.sizes() == values.sizes() && neighbours.indices.size(0) == count,
           "smoothing: {} values, neighbours of {} splats", count, neighbours.indices.size(0));
  const auto whole = values.contiguous(), scale = weights.contiguous();
  auto means = at::empty({count}, at::kFloat);
  const float* value = whole.data_ptr<float>();
  const float* weight = scale.data_ptr<float>();
  const int32_t* index = neighbours.indices.data_ptr<int32_t>();
  float* mean = means.data_ptr<float>();
  pool.parallel_for(count, smoothed_splats_per_task, [&](int64_t begin, int64_t end) {
    for (int64_t splat = begin; splat < end; ++splat) {
      float total = weight[splat], sum = weight[splat] * value[splat];
      for (int64_t edge = splat * k; edge < (splat + 1) * k; ++edge) {
        total += weight[index[edge]];
        sum += weight[index[edge]] * value[index[edge]];
      }
      mean[splat] = total > 0 ? sum / total : value[splat];
    }
  });
  return means;
}

double proposed_likeness(const at::Tensor& values, const Seeds& seeds) {
  const auto whole = values.contiguous();
  const float* value = whole.data_ptr<float>();
  double sum = 0, weight = 0;
  for (size_t seed = 0; seed < seeds.splats.size(); ++seed) {
    sum += double{seeds.weights[seed]} * value[seeds.splats[seed]];
    weight += seeds.weights[seed];
  }
  RT_CHECK(weight > 0, "likeness of no seeds");
  const double own = sum / weight;
  const auto histogram = relevancy_histogram(values);
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

at::Tensor reached(const std::vector<int64_t>& seeds, const at::Tensor& allowed, const SplatGraph& graph, double reach,
                   int64_t most) {
  const auto pass = allowed.contiguous();
  auto result = at::zeros_like(pass);
  const bool* open = pass.data_ptr<bool>();
  bool* taken = result.data_ptr<bool>();
  std::vector<int64_t> queue;
  const auto full = [&] { return most > 0 && static_cast<int64_t>(queue.size()) >= most; };
  for (const int64_t seed : seeds) {
    if (!open[seed] || taken[seed] || full()) continue;
    taken[seed] = true;
    queue.push_back(seed);
  }
  // Breadth first: with a limit, what is near the seeds comes before what is far.
  for (size_t next = 0; next < queue.size() && !full(); ++next) {
    const int64_t from = queue[next];
    for (int64_t edge = graph.offsets[from]; edge < graph.offsets[from + 1] && !full(); ++edge) {
      const int32_t to = graph.targets[edge];
      if (taken[to] || !open[to]) continue;
      const double longest = reach > 0 ? reach : step_spacings * std::max(graph.spacing[from], graph.spacing[to]);
      if (graph.lengths[edge] > longest) continue;
      taken[to] = true;
      queue.push_back(to);
    }
  }
  return result;
}

at::Tensor settled(const at::Tensor& mask, const SplatNeighbours& neighbours, const at::Tensor& may_join,
                   ThreadPool& pool) {
  const int64_t count = mask.size(0), k = neighbours.indices.size(1);
  const auto open = may_join.contiguous();
  const int32_t* index = neighbours.indices.data_ptr<int32_t>();
  auto result = mask.clone();
  for (int round = 0; round < settling_rounds; ++round) {
    const auto before = result.clone();
    const bool* in = before.data_ptr<bool>();
    bool* out = result.data_ptr<bool>();
    pool.parallel_for(count, smoothed_splats_per_task, [&](int64_t begin, int64_t end) {
      for (int64_t splat = begin; splat < end; ++splat) {
        int64_t held = 0;
        for (int64_t edge = splat * k; edge < (splat + 1) * k; ++edge) held += in[index[edge]];
        const double share = static_cast<double>(held) / static_cast<double>(k);
        if (!in[splat] && share >= joins_at && open.data_ptr<bool>()[splat]) out[splat] = true;
        if (in[splat] && share < leaves_below) out[splat] = false;
      }
    });
  }
  return result;
}

}  // namespace retort::field
