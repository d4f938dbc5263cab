// What belongs to a set at its border.
#include <ATen/ATen.h>

#include <algorithm>

#include "distil/field/language/relevancy_histogram.h"
#include "distil/field/selection/growing.h"

namespace retort::field {

namespace {

constexpr double joins_at = 0.6, leaves_below = 0.25;  ///< shares of neighbours in the set
constexpr int settling_rounds = 2;

constexpr int judged_rings = 2, parting_rounds = 2;
constexpr float least_lead = 0.04F;     ///< of likeness: what lies between the set and the rest is the rest's
constexpr size_t most_looked_at = 768;  ///< of the set, and of what is around it
constexpr int most_groups = 4;
constexpr double same_group = 0.6;    ///< likeness to a group's mean from which a splat, or another group, is of it
constexpr double least_group = 0.02;  ///< of the opacity around

constexpr int fringe_rings = 2;
constexpr double fringe_likeness = 0.25;

enum SplatPlace : uint8_t { elsewhere, in_set, near_set, around_set, at_border, behind_border };

using SplatPlaces = std::vector<uint8_t>;

SplatPlaces places_of(const std::vector<int64_t>& set, const SplatGraph& graph) {
  SplatPlaces places(graph.spacing.size(), elsewhere);
  for (const int64_t splat : set) places[splat] = in_set;
  return places;
}

/// Walks some steps of the graph from `front` over splats at one place, which changes to another. -> those walked over
std::vector<int64_t> walk(std::vector<int64_t> front, int rings, SplatPlace over, SplatPlace becomes,
                          const SplatGraph& graph, SplatPlaces& places) {
  std::vector<int64_t> walked;
  for (int ring = 0; ring < rings; ++ring) {
    std::vector<int64_t> next;
    for (const int64_t from : front) {
      for (int64_t edge = graph.offsets[from]; edge < graph.offsets[from + 1]; ++edge) {
        const int32_t to = graph.targets[edge];
        if (places[to] != over) continue;
        places[to] = becomes;
        next.push_back(to);
      }
    }
    walked.insert(walked.end(), next.begin(), next.end());
    front = std::move(next);
  }
  return walked;
}

std::vector<int64_t> evenly_taken(const std::vector<int64_t>& splats) {
  const size_t stride = std::max<size_t>(1, (splats.size() + most_looked_at - 1) / most_looked_at);
  std::vector<int64_t> taken;
  for (size_t place = 0; place < splats.size(); place += stride) taken.push_back(splats[place]);
  return taken;
}

at::Tensor opacity_of(const std::vector<int64_t>& splats, const GrowthField& field) {
  return field.opacity.index_select(0, at::tensor(splats, at::kLong));
}

/// Mean row of a set, by opacity. [C]
at::Tensor mean_row(const std::vector<int64_t>& set, const GrowthField& field) {
  const auto taken = evenly_taken(set);
  const auto weights = opacity_of(taken, field);
  return at::mv(field.likeness.rows(at::tensor(taken, at::kLong)).t(), weights) / weights.sum().clamp_min(1e-9);
}

/// What is around, as the means of its largest groups; those that are like the set itself are left out.
std::vector<at::Tensor> groups_around(const std::vector<int64_t>& around, const at::Tensor& own,
                                      const GrowthField& field) {
  std::vector<at::Tensor> groups;
  if (around.empty()) return groups;
  const auto taken = evenly_taken(around);
  const auto rows = field.likeness.rows_about(taken, field.neighbours, field.opacity);
  auto weights = opacity_of(taken, field);
  const double least = least_group * weights.sum().item<double>();
  const auto alike = field.likeness.between(rows, rows).ge(same_group).to(at::kFloat);
  for (int group = 0; group < most_groups; ++group) {
    const auto support = at::mv(alike, weights);
    const auto centre = support.argmax().item<int64_t>();
    if (!(support[centre].item<double>() > least)) break;
    const auto kept = alike[centre] * weights;
    const auto mean = (at::mv(rows.t(), kept) / kept.sum()).unsqueeze(0);
    weights = weights * field.likeness.between(rows, mean).squeeze(1).lt(same_group) * (1 - alike[centre]);
    if (field.likeness.between(mean, own.unsqueeze(0)).item<double>() < same_group) groups.push_back(mean);
  }
  return groups;
}

/// How much more like the first example than like any other each splat is: the mean of its own likeness and that of it
/// and its neighbours together. [M]
at::Tensor leads(const std::vector<int64_t>& splats, const at::Tensor& examples, const GrowthField& field) {
  const int64_t k = field.neighbours.indices.size(1);
  const int32_t* index = field.neighbours.indices.data_ptr<int32_t>();
  // Neighbours are shared: each row is looked up once.
  std::vector<int32_t> row_of(field.graph.spacing.size(), -1);
  std::vector<int64_t> rows;
  const auto place = [&](int64_t splat) {
    if (row_of[splat] < 0) {
      row_of[splat] = static_cast<int32_t>(rows.size());
      rows.push_back(splat);
    }
  };
  for (const int64_t splat : splats) {
    place(splat);
    for (int64_t near = 0; near < k; ++near) place(index[splat * k + near]);
  }
  const auto like =
      field.likeness.between(field.likeness.rows(at::tensor(rows, at::kLong)), examples).contiguous();  // [rows,E]
  const auto opacity = field.opacity.contiguous();
  const int64_t count = like.size(1);
  std::vector<float> found, mean(static_cast<size_t>(count));
  for (const int64_t splat : splats) {
    const float* own = like.data_ptr<float>() + row_of[splat] * count;
    float total = opacity.data_ptr<float>()[splat];
    for (int64_t e = 0; e < count; ++e) mean[e] = total * own[e];
    for (int64_t near = 0; near < k; ++near) {
      const int32_t other = index[splat * k + near];
      const float weight = opacity.data_ptr<float>()[other];
      total += weight;
      for (int64_t e = 0; e < count; ++e) mean[e] += weight * like.data_ptr<float>()[row_of[other] * count + e];
    }
    for (int64_t e = 0; e < count; ++e) mean[e] = (own[e] + (total > 0 ? mean[e] / total : own[e])) / 2;
    found.push_back(mean[0] - *std::max_element(mean.begin() + 1, mean.end()));
  }
  return at::tensor(found, at::kFloat);
}

/// A set and those of it that may have neighbours outside, so that a second round need not look at all of it.
struct BorderedSet {
  std::vector<int64_t> set, border;
};

BorderedSet parted_once(const BorderedSet& from, const GrowthField& field, const SplatTest& open) {
  const auto& set = from.set;
  auto places = places_of(set, field.graph);
  auto near = walk(from.border, judged_rings, elsewhere, near_set, field.graph, places);
  auto around = walk(near, 1, elsewhere, around_set, field.graph, places);
  around.insert(around.end(), near.begin(), near.end());
  auto judged = walk(near, judged_rings, in_set, at_border, field.graph, places);
  BorderedSet result{.set = {}, .border = walk(judged, 1, in_set, behind_border, field.graph, places)};
  std::copy_if(near.begin(), near.end(), std::back_inserter(judged), open);
  const auto own = mean_row(set, field);
  auto examples = groups_around(around, own, field);
  if (examples.empty() || judged.empty()) return from;
  examples.insert(examples.begin(), own.unsqueeze(0));
  const auto lead = leads(judged, at::cat(examples), field);
  std::copy_if(set.begin(), set.end(), std::back_inserter(result.set),
               [&](int64_t splat) { return places[splat] != at_border; });
  for (size_t place = 0; place < judged.size(); ++place) {
    if (!(lead.data_ptr<float>()[place] > least_lead)) continue;
    result.set.push_back(judged[place]);
    result.border.push_back(judged[place]);
  }
  return result;
}

}  // namespace

std::vector<int64_t> parted(const std::vector<int64_t>& set, const GrowthField& field, const SplatTest& open) {
  BorderedSet result{.set = set, .border = set};
  for (int round = 0; round < parting_rounds && !result.set.empty(); ++round) result = parted_once(result, field, open);
  return result.set;
}

std::vector<int64_t> settled(const std::vector<int64_t>& set, const GrowthField& field, const SplatTest& open) {
  const int64_t k = field.neighbours.indices.size(1);
  const int32_t* index = field.neighbours.indices.data_ptr<int32_t>();
  auto result = set;
  for (int round = 0; round < settling_rounds; ++round) {
    auto places = places_of(result, field.graph);
    const auto share = [&](int64_t splat) {
      int64_t held = 0;
      for (int64_t near = 0; near < k; ++near) held += places[index[splat * k + near]] == in_set;
      return static_cast<double>(held) / static_cast<double>(k);
    };
    std::vector<int64_t> next;
    for (const int64_t splat : result) {
      if (share(splat) >= leaves_below) next.push_back(splat);
    }
    for (const int64_t splat : walk(result, 1, elsewhere, near_set, field.graph, places)) {
      if (share(splat) >= joins_at && open(splat)) next.push_back(splat);
    }
    result = std::move(next);
  }
  return result;
}

at::Tensor with_fringe(const at::Tensor& mask, const GrowthField& field) {
  const auto chosen = mask.nonzero().squeeze(1);
  if (chosen.numel() == 0) return mask;
  const std::vector<int64_t> set(chosen.data_ptr<int64_t>(), chosen.data_ptr<int64_t>() + chosen.numel());
  auto places = places_of(set, field.graph);
  const auto near = walk(set, fringe_rings, elsewhere, near_set, field.graph, places);
  auto result = mask.clone();
  if (near.empty()) return result;
  const auto rows = field.likeness.rows(at::tensor(near, at::kLong));
  const auto like = field.likeness.between(rows, mean_row(set, field).unsqueeze(0)).contiguous();
  for (size_t place = 0; place < near.size(); ++place) {
    if (like.data_ptr<float>()[place] >= fringe_likeness) result.data_ptr<bool>()[near[place]] = true;
  }
  return result;
}

}  // namespace retort::field
