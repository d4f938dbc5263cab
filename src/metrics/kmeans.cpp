#include "metrics/kmeans.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <limits>
#include <vector>

#include "core/errors.h"

namespace retort::metrics {

namespace {
constexpr int64_t rows_a_task = 256;

// In partial sums that compilers keep in vector registers; a single sum would wait for each addition.
float squared_distance(const float* a, const float* b, int64_t channels) {
  constexpr int64_t lanes = 8;
  float sums[lanes] = {};
  int64_t channel = 0;
  for (; channel + lanes <= channels; channel += lanes) {
    for (int64_t lane = 0; lane < lanes; ++lane) {
      const float difference = a[channel + lane] - b[channel + lane];
      sums[lane] += difference * difference;
    }
  }
  float sum = 0;
  for (const float part : sums) sum += part;
  for (; channel < channels; ++channel) {
    const float difference = a[channel] - b[channel];
    sum += difference * difference;
  }
  return sum;
}

// Rows and centres as plain pointers, and the two passes over them.
struct Clustering {
  const float* rows;
  int64_t count, channels;
  ThreadPool& pool;

  // Fills labels and the squared distance to the nearest of `clusters` centres; true when a label changed.
  bool assign(const std::vector<float>& centres, int64_t clusters, std::vector<int64_t>& labels,
              std::vector<float>& distances) const {
    const int64_t tasks = (count + rows_a_task - 1) / rows_a_task;
    std::vector<uint8_t> changed(tasks, 0);
    pool.run(tasks, [&](int64_t task) {
      for (int64_t row = task * rows_a_task; row < std::min(count, (task + 1) * rows_a_task); ++row) {
        float best = std::numeric_limits<float>::infinity();
        int64_t nearest = 0;
        for (int64_t cluster = 0; cluster < clusters; ++cluster) {
          const float distance = squared_distance(rows + row * channels, centres.data() + cluster * channels, channels);
          if (distance < best) {
            best = distance;
            nearest = cluster;
          }
        }
        changed[task] |= labels[row] != nearest;
        labels[row] = nearest;
        distances[row] = best;
      }
    });
    return std::find(changed.begin(), changed.end(), 1) != changed.end();
  }

  void move_centres(std::vector<float>& centres, int64_t clusters, const std::vector<int64_t>& labels) const {
    std::vector<double> sums(clusters * channels, 0);
    std::vector<int64_t> sizes(clusters, 0);
    for (int64_t row = 0; row < count; ++row) {
      ++sizes[labels[row]];
      double* sum = sums.data() + labels[row] * channels;
      for (int64_t channel = 0; channel < channels; ++channel) sum[channel] += rows[row * channels + channel];
    }
    for (int64_t cluster = 0; cluster < clusters; ++cluster) {
      if (sizes[cluster] == 0) continue;
      for (int64_t channel = 0; channel < channels; ++channel) {
        centres[cluster * channels + channel] =
            static_cast<float>(sums[cluster * channels + channel] / static_cast<double>(sizes[cluster]));
      }
    }
  }

  // Each further seed is drawn with a chance proportional to its squared distance from the seeds so far.
  std::vector<float> seeds(int64_t clusters, RandomGenerator& random) const {
    std::vector<float> centres(clusters * channels);
    std::vector<float> distances(count, std::numeric_limits<float>::infinity());
    int64_t chosen = random.integer(count);
    for (int64_t cluster = 0; cluster < clusters; ++cluster) {
      std::copy_n(rows + chosen * channels, channels, centres.begin() + cluster * channels);
      double total = 0;
      for (int64_t row = 0; row < count; ++row) {
        const float distance = squared_distance(rows + row * channels, rows + chosen * channels, channels);
        distances[row] = std::min(distances[row], distance);
        total += distances[row];
      }
      double place = random.uniform() * total;
      chosen = 0;
      while (chosen + 1 < count && (place -= distances[chosen]) >= 0) ++chosen;
    }
    return centres;
  }
};

at::Tensor as_tensor(const std::vector<float>& values, int64_t columns) {
  return at::tensor(values).view({-1, columns});
}
}  // namespace

Kmeans fit_kmeans(const at::Tensor& rows, const KmeansOptions& options, RandomGenerator random, ThreadPool& pool) {
  RT_CHECK(rows.dim() == 2 && rows.is_contiguous() && rows.scalar_type() == at::kFloat &&
               rows.size(0) >= options.clusters && options.clusters >= 1,
           "k-means: {} clusters of too few or unsuitable rows", options.clusters);
  const Clustering clustering{rows.data_ptr<float>(), rows.size(0), rows.size(1), pool};
  auto centres = clustering.seeds(options.clusters, random);
  std::vector<int64_t> labels(rows.size(0), -1);
  std::vector<float> distances(rows.size(0));
  clustering.assign(centres, options.clusters, labels, distances);
  for (int64_t iteration = 0; iteration < options.iterations; ++iteration) {
    clustering.move_centres(centres, options.clusters, labels);
    if (!clustering.assign(centres, options.clusters, labels, distances)) break;
  }
  double inertia = 0;
  for (const float distance : distances) inertia += distance;
  return {as_tensor(centres, rows.size(1)), at::tensor(labels), inertia / static_cast<double>(rows.size(0))};
}

at::Tensor nearest_centre(const at::Tensor& rows, const at::Tensor& centres, ThreadPool& pool) {
  RT_CHECK(rows.dim() == 2 && centres.dim() == 2 && rows.size(1) == centres.size(1),
           "nearest centre: rows and centres of different widths");
  const auto wanted = rows.to(at::kFloat).contiguous(), from = centres.to(at::kFloat).contiguous();
  const Clustering clustering{wanted.data_ptr<float>(), rows.size(0), rows.size(1), pool};
  const std::vector<float> values(from.data_ptr<float>(), from.data_ptr<float>() + from.numel());
  std::vector<int64_t> labels(rows.size(0), -1);
  std::vector<float> distances(rows.size(0));
  clustering.assign(values, centres.size(0), labels, distances);
  return at::tensor(labels);
}

}  // namespace retort::metrics
