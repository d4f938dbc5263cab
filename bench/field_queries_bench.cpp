// What asking and pointing cost on 300,000 splats of 32 channels, against reading the array of features once.
//
// Prints the machine's time to read the array with the same threads (every value summed, nothing written), each query
// as its time and as a multiple of that, and a click once the graph of neighbours is there. Medians and the best of the
// rounds, the cases taken in turn so that a slow spell of the machine falls on all of them; multiples are of the best,
// which other work on the machine disturbs least. RETORT_ISA=avx2 measures another instruction set.
#include <ATen/ATen.h>
#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "core/isa.h"
#include "core/random.h"
#include "distil/field/language/query.h"
#include "distil/field/scene/synthetic.h"
#include "distil/field/selection/pointing.h"
#include "distil/field/splat/initialise.h"

namespace retort::field {
namespace {

constexpr int64_t splats = 300'000, channels = 32, entries = 1024;
constexpr int rounds = 41;

struct TimedCase {
  std::string name;
  std::function<void()> work;
  int read = -1;  ///< the case that reads the same array
  std::vector<double> milliseconds = {};

  double best() const { return *std::min_element(milliseconds.begin(), milliseconds.end()); }
  double median() {
    std::sort(milliseconds.begin(), milliseconds.end());
    return milliseconds[milliseconds.size() / 2];
  }
};

/// Reads every float once; sixteen sums at a time so that the adding does not set the pace.
float read_all(const at::Tensor& values, ThreadPool& pool) {
  constexpr int64_t grain = int64_t{1} << 16;
  const int64_t count = values.numel(), tasks = (count + grain - 1) / grain;
  const float* from = values.data_ptr<float>();
  std::vector<float> sums(static_cast<size_t>(tasks));
  pool.run(tasks, [&](int64_t task) {
    float lanes[64] = {};
    const int64_t end = std::min(count, (task + 1) * grain);
    int64_t i = task * grain;
    for (; i + 64 <= end; i += 64) {
      for (int lane = 0; lane < 64; ++lane) lanes[lane] += from[i + lane];
    }
    for (const float lane : lanes) sums[static_cast<size_t>(task)] += lane;
  });
  float sum = 0;
  for (const float one : sums) sum += one;
  return sum;
}

GaussianField classed_field(const SyntheticScene& scene, ThreadPool& pool) {
  GaussianField field;
  const auto positions =
      at::tensor(std::vector<float>(scene.scene.points.positions.begin(), scene.scene.points.positions.end()))
          .view({-1, 3});
  field.splats = splat::initialise_splats(
      positions, at::full({positions.size(0), 3}, 0.5F),
      {.feature_dim = channels, .opacity = 0.9, .scale_factor = 0.7, .morton_order = false}, pool);
  const auto labels = at::tensor(std::vector<int64_t>(scene.point_labels.begin(), scene.point_labels.end()));
  const auto classes = at::tensor(scene.class_features).view({scene.classes(), channels});
  field.splats.features =
      (classes.index_select(0, labels) + 0.05 * at::randn({positions.size(0), channels})).contiguous();
  return field;
}

GaussianField coded(const GaussianField& field, int64_t terms) {
  auto result = field;
  metrics::VectorCodes codes{.codebook = at::randn({entries, channels}),
                             .indices = at::randint(entries, {field.size(), terms}, at::kInt),
                             .coefficients = terms > 1 ? at::rand({field.size(), terms}) : at::Tensor()};
  result.codes = codes;
  return result;
}

int measure() {
  ThreadPool pool(available_cores());
  const auto scene = make_synthetic_scene({.views = 4,
                                           .width = 480,
                                           .height = 360,
                                           .points = static_cast<int>(splats),
                                           .feature_dim = static_cast<int>(channels),
                                           .feature_downscale = 8,
                                           .supersampling = 1,
                                           .noise = {}},
                                          pool);
  const auto field = classed_field(scene, pool), book = coded(field, 1), sparse = coded(field, 4);
  const auto directions = at::tensor(scene.class_features).view({scene.classes(), channels});
  Pointer pointer(field, pool, chosen_isa());
  const auto start = std::chrono::steady_clock::now();
  pointer.prepare();
  fmt::print("{} splats, {} channels, {} words, {} threads; graph of neighbours in {:.0f} ms\n", field.size(), channels,
             directions.size(0), pool.threads(),
             std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
  const auto& camera = scene.scene.views[0].camera;
  const Pointing click{.camera = camera,
                       .clicks = {{camera.width / 2.0, camera.height / 2.0}},
                       .negative_clicks = {},
                       .region = std::nullopt};
  float kept = 0;
  const auto ask = [&](const GaussianField& asked, RelevancyForm form) {
    return [&, form] {
      kept +=
          splat_relevancy(asked, directions, {.form = form, .temperature = 10}, pool, chosen_isa())[0].item<float>();
    };
  };
  std::vector<TimedCase> cases;
  cases.push_back({.name = "read the features once", .work = [&] { kept += read_all(field.splats.features, pool); }});
  cases.push_back({.name = "cosine", .work = ask(field, RelevancyForm::cosine), .read = 0});
  cases.push_back({.name = "softmax", .work = ask(field, RelevancyForm::softmax), .read = 0});
  cases.push_back({.name = "relevancy", .work = ask(field, RelevancyForm::relevancy), .read = 0});
  cases.push_back({.name = "relevancy, codebook", .work = ask(book, RelevancyForm::relevancy), .read = 0});
  cases.push_back({.name = "relevancy, 4 sparse terms", .work = ask(sparse, RelevancyForm::relevancy), .read = 0});
  cases.push_back({.name = "click", .work = [&] { kept += pointer.select({click}).sum().item<float>(); }});
  for (int round = 0; round < rounds; ++round) {
    for (auto& one : cases) {
      const auto begin = std::chrono::steady_clock::now();
      one.work();
      one.milliseconds.push_back(
          std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count());
    }
  }
  for (auto& one : cases) {
    fmt::print("{:<28} {:>8.2f} ms, best {:>7.2f} ms", one.name, one.median(), one.best());
    if (one.read >= 0) fmt::print("  {:>5.2f} x reading", one.best() / cases[static_cast<size_t>(one.read)].best());
    fmt::print("\n");
  }
  return kept == -1 ? 1 : 0;  // so that nothing is left out as unused
}

}  // namespace
}  // namespace retort::field

int main() {
  at::NoGradGuard no_gradients;
  return retort::field::measure();
}
