// How well pointing and asking find things in trained fields, against the truth of the synthetic scenes they were
// trained on. For each seed s:
//
//   retort field synthetic scene-s seed=s
//   retort run field/feature-3dgs scene.path=scene-s scene.resolution=full train.seed=s train.steps=1500
//       train.density.until_step=800 train.evaluate_every=0 --output run-s
//
// and then `bench_selection_quality run-0 run-1 run-2`. Runs of any seeds can be named: what was chosen on some seeds
// is judged on others. One JSON object a line: per run the mIoU of label maps of held-out views (the field's and that
// of the noisy teacher map of the very view), precision and recall of clicks and boxes for six solids in five views
// each, of votes over boxes and over true masks in three views each, and which share of a solid's true pixels still
// shows as its class after its splats are deleted, with and without their fringe. Views and places of clicks are drawn.
//
// A splat's true class, which counts, is the class of the pixels that it paints: over all views its blending weight is
// summed by the pixels' true labels, and the largest sum wins; splats that no view shows are left out. That is what a
// person sees. The class of the surface nearest to its centre is given as well ("nearest_"), but judges badly where a
// solid stands on the floor: there is no floor under it, so a splat inside its foot shows the solid alone and yet lies
// nearer to the plane of the floor.
#include <ATen/ATen.h>
#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/random.h"
#include "core/recipe.h"
#include "distil/field/gaussians/field_renderer.h"
#include "distil/field/gaussians/subset.h"
#include "distil/field/language/pixel_query.h"
#include "distil/field/language/selection_rule.h"
#include "distil/field/methods/feature_3dgs_options.h"
#include "distil/field/scene/synthetic.h"
#include "distil/field/selection/pointing.h"
#include "metrics/label_maps.h"

namespace retort::field {
namespace {

constexpr int objects = 6, views_each = 5;
constexpr int voting_views = 3;
constexpr int64_t least_pixels = 60;    ///< of a solid in a view that it is pointed at in
constexpr double least_painted = 0.05;  ///< pixels over all views from which a splat counts as seen
constexpr double wanted_share = 0.95;   ///< of precision and recall
constexpr double box_margin = 2;        ///< pixels between the solid and the box drawn about it

struct Measured {
  double precision = 0, recall = 0, nearest_precision = 0, nearest_recall = 0, milliseconds = 0;

  bool holds(double least) const { return precision >= least && recall >= least; }
};

struct Bench {
  GaussianField field;
  SyntheticScene scene;
  at::Tensor nearest;  ///< [P] int64, class of the nearest surface
  at::Tensor painted;  ///< [P] int64, class of the pixels that it paints
  at::Tensor seen;     ///< [P] bool, whether it paints any
};

at::Tensor nearest_classes_of(const Bench& bench) {
  const auto means = bench.field.splats.means.to(at::kDouble).contiguous();
  std::vector<std::array<double, 3>> places;
  const double* value = means.data_ptr<double>();
  for (int64_t splat = 0; splat < means.size(0); ++splat, value += 3) places.push_back({value[0], value[1], value[2]});
  const auto classes = nearest_surface_classes(bench.scene.options, places);
  return at::tensor(std::vector<int64_t>(classes.begin(), classes.end()));
}

at::Tensor truth_of(const Bench& bench, int view) {
  const auto& labels = bench.scene.truth[view].labels;
  const auto& camera = bench.scene.scene.views[view].camera;
  return at::tensor(std::vector<int64_t>(labels.begin(), labels.end())).view({camera.height, camera.width});
}

void find_painted_classes(Bench& bench, ThreadPool& pool) {
  const int64_t classes = bench.scene.classes();
  splat::Renderer renderer(pool);
  auto painted = at::zeros({bench.field.size(), classes}, at::kFloat), weights = painted.clone();
  for (size_t view = 0; view < bench.scene.truth.size(); ++view) {
    const auto labels = at::one_hot(truth_of(bench, static_cast<int>(view)), classes).to(at::kFloat).contiguous();
    renderer.project(splat_arrays(bench.field.splats), bench.scene.scene.views[view].camera, {.sh_degree = 0});
    renderer.backward_group({.channels = static_cast<int>(classes)}, labels.data_ptr<float>(),
                            weights.data_ptr<float>());
    painted += weights;
  }
  bench.painted = painted.argmax(1);
  bench.seen = painted.sum(1).gt(least_painted);
}

Bench open_bench(const std::filesystem::path& run, ThreadPool& pool) {
  const auto options = Recipe::load(run / "recipe.yaml").read<Feature3dgsOptions>();
  auto made = read_synthetic_options(options.scene.path);
  if (!made) user_error("{}: not trained on a synthetic scene", run.string());
  made->supersampling = 1;
  Bench bench{.field = load_field(run / "field.safetensors"),
              .scene = make_synthetic_scene(*made, pool),
              .nearest = {},
              .painted = {},
              .seen = {}};
  bench.nearest = nearest_classes_of(bench);
  find_painted_classes(bench, pool);
  return bench;
}

Measured compare(const Bench& bench, const at::Tensor& selected, int label) {
  const auto share = [](const at::Tensor& part, const at::Tensor& whole) {
    const double all = whole.sum().item<double>();
    return all > 0 ? part.sum().item<double>() / all : 0.0;
  };
  const auto shown = selected & bench.seen, wanted = bench.painted.eq(label) & bench.seen;
  const auto near = bench.nearest.eq(label);
  return {.precision = share(shown & wanted, shown),
          .recall = share(shown & wanted, wanted),
          .nearest_precision = share(selected & near, selected),
          .nearest_recall = share(selected & near, near)};
}

nlohmann::ordered_json summary(const std::vector<Measured>& measured) {
  Measured mean, worst{.precision = 1, .recall = 1, .nearest_precision = 1, .nearest_recall = 1};
  std::vector<double> times;
  for (const auto& one : measured) {
    const auto count = static_cast<double>(measured.size());
    for (const auto field :
         {&Measured::precision, &Measured::recall, &Measured::nearest_precision, &Measured::nearest_recall}) {
      mean.*field += one.*field / count;
      worst.*field = std::min(worst.*field, one.*field);
    }
    times.push_back(one.milliseconds);
  }
  std::sort(times.begin(), times.end());
  return {{"trials", measured.size()},
          {"precision", mean.precision},
          {"recall", mean.recall},
          {"worst_precision", worst.precision},
          {"worst_recall", worst.recall},
          {"trials_below", std::count_if(measured.begin(), measured.end(),
                                         [](const Measured& one) { return !one.holds(wanted_share); })},
          {"nearest_precision", mean.nearest_precision},
          {"nearest_recall", mean.nearest_recall},
          {"median_ms", times.empty() ? 0 : times[times.size() / 2]}};
}

/// A click on a pixel all of whose neighbours within two pixels show the same solid: people don't aim at edges.
std::optional<Pixel> inner_pixel(const at::Tensor& mask, RandomGenerator& random) {
  const auto inner = at::avg_pool2d(mask.to(at::kFloat).unsqueeze(0).unsqueeze(0), {5, 5}, {1, 1}, {2, 2})
                         .squeeze(0)
                         .squeeze(0)
                         .ge(0.999);
  const auto places = inner.nonzero();
  if (places.size(0) == 0) return std::nullopt;
  const auto place = places[static_cast<int64_t>(random.integer(static_cast<uint64_t>(places.size(0))))];
  return Pixel{place[1].item<double>() + 0.5, place[0].item<double>() + 0.5};
}

at::Tensor box_about(const Camera& camera, const at::Tensor& mask) {
  const auto places = mask.nonzero();
  const auto low = std::get<0>(places.min(0)), high = std::get<0>(places.max(0));
  const Pixel corner{low[1].item<double>() - box_margin, low[0].item<double>() - box_margin};
  const Pixel opposite{high[1].item<double>() + 1 + box_margin, high[0].item<double>() + 1 + box_margin};
  return box_region(camera.width, camera.height, corner, opposite);
}

Pointing outlined(const Camera& camera, const at::Tensor& region) {
  return {.camera = camera, .clicks = {}, .negative_clicks = {}, .region = region, .grow = false};
}

template <class Select>
Measured timed(const Bench& bench, int label, const Select& select) {
  const auto start = std::chrono::steady_clock::now();
  const auto selected = select();
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  auto measured = compare(bench, selected, label);
  measured.milliseconds = 1e3 * seconds;
  return measured;
}

/// Views that show enough of a solid to point at it.
std::vector<int> views_showing(const Bench& bench, int label) {
  std::vector<int> shown;
  for (size_t view = 0; view < bench.scene.truth.size(); ++view) {
    if (truth_of(bench, static_cast<int>(view)).eq(label).sum().item<int64_t>() >= least_pixels) {
      shown.push_back(static_cast<int>(view));
    }
  }
  return shown;
}

/// One of the views, which is taken out.
int draw_view(std::vector<int>& shown, RandomGenerator& random) {
  const auto place = static_cast<size_t>(random.integer(shown.size()));
  const int view = shown[place];
  shown.erase(shown.begin() + static_cast<std::ptrdiff_t>(place));
  return view;
}

void measure_pointing(const Bench& bench, ThreadPool& pool, bool shows_all, nlohmann::ordered_json& result) {
  Pointer pointer(bench.field, pool);
  pointer.prepare();
  RandomGenerator random(static_cast<uint64_t>(bench.scene.options.seed) + 17);
  std::vector<Measured> clicks, boxes;
  for (int label = 1; label <= objects; ++label) {
    auto shown = views_showing(bench, label);
    for (int trial = 0; trial < views_each && !shown.empty(); ++trial) {
      const int view = draw_view(shown, random);
      const auto mask = truth_of(bench, view).eq(label);
      const auto& camera = bench.scene.scene.views[view].camera;
      if (const auto pixel = inner_pixel(mask, random)) {
        clicks.push_back(timed(bench, label, [&] {
          return pointer.select(
              {{.camera = camera, .clicks = {*pixel}, .negative_clicks = {}, .region = std::nullopt}});
        }));
      }
      boxes.push_back(timed(bench, label, [&] { return pointer.select({outlined(camera, box_about(camera, mask))}); }));
      if (shows_all) {
        const auto& click = clicks.back();
        const auto& box = boxes.back();
        fmt::print(stderr, "{:>10} view {:>2}: click {:.3f} {:.3f}  box {:.3f} {:.3f}\n",
                   bench.scene.class_names[label], view, click.precision, click.recall, box.precision, box.recall);
      }
    }
  }
  result["click"] = summary(clicks);
  result["box"] = summary(boxes);
}

/// Boxes and true masks in three views at once: what all views hold, and what they vote.
void measure_voting(const Bench& bench, ThreadPool& pool, nlohmann::ordered_json& result) {
  Pointer pointer(bench.field, pool);
  pointer.prepare();
  RandomGenerator random(static_cast<uint64_t>(bench.scene.options.seed) + 41);
  std::map<std::string, std::vector<Measured>> measured;
  for (int label = 1; label <= objects; ++label) {
    for (int trial = 0; trial < views_each; ++trial) {
      auto shown = views_showing(bench, label);
      std::vector<Pointing> outlines;
      std::vector<Ballot> boxes, masks;
      while (static_cast<int>(boxes.size()) < voting_views && !shown.empty()) {
        const int view = draw_view(shown, random);
        const auto& camera = bench.scene.scene.views[view].camera;
        masks.push_back({camera, truth_of(bench, view).eq(label)});
        boxes.push_back({camera, box_about(camera, masks.back().region)});
        outlines.push_back(outlined(camera, boxes.back().region));
      }
      if (boxes.empty()) continue;
      const auto measure = [&](const std::string& name, const auto& select) {
        measured[name].push_back(timed(bench, label, select));
      };
      measure("boxes_common", [&] { return pointer.select(outlines); });
      for (const auto& [what, ballots] : {std::pair{"boxes", &boxes}, std::pair{"masks", &masks}}) {
        const std::string name = what;
        measure(name + "_exact", [&, &ballots = ballots] { return pointer.vote(*ballots).selected; });
        measure(name + "_thing", [&, &ballots = ballots] { return pointer.thing_of(pointer.vote(*ballots)); });
        measure(name + "_joined", [&, &ballots = ballots] {
          const auto voted = pointer.vote(*ballots);
          return voted.selected | pointer.thing_of(voted);
        });
      }
    }
  }
  for (const auto& [name, trials] : measured) result["voting"][name] = summary(trials);
}

void measure_labels(const Bench& bench, ThreadPool& pool, nlohmann::ordered_json& result) {
  const auto& scene = bench.scene;
  const auto directions = at::tensor(scene.class_features).view({scene.classes(), scene.feature_dim});
  FieldRenderer renderer(bench.field, pool);
  auto of_field = at::zeros({scene.classes(), scene.classes()}, at::kLong), of_teacher = of_field.clone();
  for (const int view : scene.scene.test) {
    const auto truth = at::tensor([&] {
                         const auto labels = labels_at_map_size(scene, view);
                         return std::vector<int64_t>(labels.begin(), labels.end());
                       }())
                           .view({scene.map_height, scene.map_width});
    const auto camera = resized(scene.scene.views[view].camera, scene.map_width, scene.map_height);
    of_field += metrics::confusion_matrix(truth, label_map(renderer, camera, directions).clamp_min(0), scene.classes());
    const auto map = at::tensor(scene.teacher_maps[view])
                         .view({scene.feature_dim, scene.map_height, scene.map_width})
                         .permute({1, 2, 0});
    of_teacher += metrics::confusion_matrix(truth, nearest_direction(map, directions), scene.classes());
  }
  result["field_miou"] = metrics::mean_iou(of_field);
  result["teacher_miou"] = metrics::mean_iou(of_teacher);
}

/// Which share of a solid's true pixels still shows as its class once what asking or clicking found is deleted.
void measure_deletion(const Bench& bench, ThreadPool& pool, nlohmann::ordered_json& result) {
  const auto& scene = bench.scene;
  const auto directions = at::tensor(scene.class_features).view({scene.classes(), scene.feature_dim});
  const auto cosines = splat_cosines(bench.field, directions, pool);
  Pointer pointer(bench.field, pool);
  std::map<std::string, int64_t> counted;
  int64_t pixels = 0;
  RandomGenerator random(static_cast<uint64_t>(scene.options.seed) + 29);
  for (int label = 1; label <= objects; ++label) {
    const auto asked = deletion_of_cosines(cosines, {.positive_ids = {label}, .score_threshold = std::nullopt});
    auto clicked = at::zeros_like(asked);
    for (size_t view = 0; view < scene.truth.size() && !clicked.any().item<bool>(); ++view) {
      const auto mask = truth_of(bench, static_cast<int>(view)).eq(label);
      if (mask.sum().item<int64_t>() < least_pixels) continue;
      const auto pixel = inner_pixel(mask, random);
      if (!pixel) continue;
      clicked = pointer.select({{.camera = scene.scene.views[view].camera,
                                 .clicks = {*pixel},
                                 .negative_clicks = {},
                                 .region = std::nullopt}});
    }
    const auto left = [&](const at::Tensor& removed) {
      const auto rest = subset(bench.field, ~removed);
      FieldRenderer renderer(rest, pool);
      int64_t count = 0;
      for (const int view : scene.scene.test) {
        const auto labels = label_map(renderer, scene.scene.views[view].camera, directions);
        count += (labels.eq(label) & truth_of(bench, view).eq(label)).sum().item<int64_t>();
      }
      return count;
    };
    for (const int view : scene.scene.test) pixels += truth_of(bench, view).eq(label).sum().item<int64_t>();
    counted["query"] += left(asked);
    counted["query_with_fringe"] += left(pointer.with_fringe(asked));
    counted["click"] += left(clicked);
    counted["click_with_fringe"] += left(pointer.with_fringe(clicked));
  }
  for (const auto& [name, count] : counted) {
    result["left_after_deleting"][name] = static_cast<double>(count) / static_cast<double>(pixels);
  }
}

}  // namespace
}  // namespace retort::field

int main(int count, char** arguments) {
  using namespace retort;
  if (count < 2 || std::string(arguments[1]) == "--help") {
    fmt::print(
        "bench_selection_quality [--each] RUN...\n\n"
        "  RUN     a run folder of a synthetic scene; its seed is the scene's\n"
        "  --each  every trial on stderr\n\n"
        "Made for a seed s, here 10, by\n"
        "  retort field synthetic scene-10 seed=10\n"
        "  retort run field/feature-3dgs scene.path=scene-10 scene.resolution=full train.seed=10 \\\n"
        "      train.steps=1500 train.density.until_step=800 train.evaluate_every=0 --output run-10\n");
    return count < 2 ? 2 : 0;
  }
  ThreadPool pool(available_cores());
  at::NoGradGuard no_gradients;
  bool shows_all = false;
  for (int index = 1; index < count; ++index) {
    if (std::string(arguments[index]) == "--each") {
      shows_all = true;
      continue;
    }
    const auto bench = field::open_bench(arguments[index], pool);
    nlohmann::ordered_json result = {
        {"run", arguments[index]}, {"seed", bench.scene.options.seed}, {"splats", bench.field.size()}};
    field::measure_labels(bench, pool, result);
    field::measure_pointing(bench, pool, shows_all, result);
    field::measure_voting(bench, pool, result);
    field::measure_deletion(bench, pool, result);
    fmt::print("{}\n", result.dump());
  }
  return 0;
}
