#include "distil/field/selection/pointing.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/errors.h"
#include "distil/field/gaussians/field_renderer.h"
#include "distil/field/selection/growing.h"
#include "distil/field/selection/likeness.h"
#include "distil/field/splat/cpu/renderer.h"

namespace retort::field {

namespace {

constexpr int pointing_neighbours = 10;
/// Longest side of the picture on which pointing is voted: larger views are shrunk, for what a click means does not
/// hang on more pixels, but its time does.
constexpr int voting_side = 512;
constexpr double ring_share = 0.2;    ///< width of the ring about an outline, of the root of its area
constexpr float seen_weight = 0.05F;  ///< pixels of a splat's weight from which a view counts as showing it

int64_t longest_side(const Camera& camera) { return std::max(camera.width, camera.height); }

Camera voting_camera(const Camera& camera) {
  if (longest_side(camera) <= voting_side) return camera;
  const double scale = static_cast<double>(voting_side) / static_cast<double>(longest_side(camera));
  return resized(camera, std::max(1, static_cast<int>(std::lround(camera.width * scale))),
                 std::max(1, static_cast<int>(std::lround(camera.height * scale))));
}

void check_region(const Camera& camera, const at::Tensor& region) {
  RT_CHECK(region.dim() == 2 && region.scalar_type() == at::kBool && region.size(0) == camera.height &&
               region.size(1) == camera.width,
           "pointing: the region is no bool [{},{}]", camera.height, camera.width);
}

/// A click's pixels count less towards the rim of its disc.
at::Tensor click_map(const Camera& camera, const Pixel& click, double radius) {
  if (!(click[0] >= 0 && click[1] >= 0 && click[0] < camera.width && click[1] < camera.height)) {
    user_error("a click at ({}, {}) is outside the view's {}x{} pixels", click[0], click[1], camera.width,
               camera.height);
  }
  // At least the pixel that is clicked.
  auto map = disc_region(camera.width, camera.height, click, std::max(radius, 0.75)).to(at::kFloat);
  const auto x = (at::arange(camera.width, at::kFloat) + 0.5 - click[0]).square().unsqueeze(0);
  const auto y = (at::arange(camera.height, at::kFloat) + 0.5 - click[1]).square().unsqueeze(1);
  const double spread = std::max(radius, 0.75) / 1.5;
  return map * (-(x + y) / (2 * spread * spread)).exp();
}

/// Whether anything of a row lies within `width` of each place, along one dimension; [H,W] float of 0 and 1.
at::Tensor widened(const at::Tensor& map, int64_t dimension, int64_t width) {
  const auto sums = map.cumsum(dimension);
  const int64_t size = map.size(dimension);
  const auto ahead = (at::arange(size, at::kLong) + width).clamp_max(size - 1);
  const auto behind = at::arange(size, at::kLong) - width - 1;
  const auto before = sums.index_select(dimension, behind.clamp_min(0));
  const auto counted = behind.ge(0).to(at::kFloat).unsqueeze(1 - dimension);
  return (sums.index_select(dimension, ahead) - before * counted).gt(0.5).to(at::kFloat);
}

/// Pixels within some distance outside an outline, [H,W] float of 0 and 1.
at::Tensor ring_about(const at::Tensor& region) {
  const auto inside = region.to(at::kFloat);
  const int64_t width = std::max<int64_t>(2, std::lround(ring_share * std::sqrt(inside.sum().item<double>())));
  return widened(widened(inside, 0, width), 1, width) - inside;
}

/// Everything an answer needs to know of an outline over all its views.
struct OutlineVotes {
  at::Tensor inside, around;  ///< [P] weights summed over the views
  at::Tensor held, outside;   ///< [P] bool: mostly inside where it is seen; seen mostly outside in some view
};

}  // namespace

struct Pointer::State {
  const GaussianField& field;
  ThreadPool& pool;
  splat::Renderer renderer;
  Likeness likeness;
  at::Tensor alive;    ///< [P] bool, always defined
  at::Tensor logits;   ///< [P] opacities, with what keeps dead splats out of the picture
  at::Tensor opacity;  ///< [P] in [0,1]
  std::optional<SplatNeighbours> neighbours;
  SplatGraph graph;

  State(const GaussianField& asked, ThreadPool& threads, Isa isa, const at::Tensor& living)
      : field(asked), pool(threads), renderer(threads, isa), likeness(asked, threads, isa) {
    RT_CHECK(
        !living.defined() || (living.dim() == 1 && living.size(0) == field.size() && living.scalar_type() == at::kBool),
        "pointing: alive is no bool [{}]", field.size());
    alive = living.defined() ? living.contiguous() : at::ones({field.size()}, at::kBool);
    logits = field.splats.opacity_logits;
    // The renderer drops splats with a parameter that is not finite as if they were behind the camera.
    if (living.defined()) logits = logits.masked_fill(~alive, std::numeric_limits<double>::quiet_NaN());
    opacity = at::sigmoid(field.splats.opacity_logits) * alive;
  }

  void prepare() {
    if (neighbours) return;
    neighbours = find_neighbours(field.splats.means, pointing_neighbours, pool, alive);
    graph = graph_of(*neighbours);
  }

  /// Weights of each splat under maps [H,W] of pixel weights: [P, maps + 1], the last over the whole view.
  at::Tensor weigh(const Camera& camera, const Camera& voted, const std::vector<at::Tensor>& maps) {
    std::vector<at::Tensor> layers = maps;
    layers.push_back(at::ones({camera.height, camera.width}, at::kFloat));
    auto gradient = at::stack(layers);
    if (voted.width != camera.width || voted.height != camera.height) {
      gradient = at::adaptive_avg_pool2d(gradient.unsqueeze(0), {voted.height, voted.width}).squeeze(0);
    }
    gradient = gradient.permute({1, 2, 0}).contiguous();
    auto arrays = splat_arrays(field.splats);
    arrays.opacity_logits = logits.data_ptr<float>();
    renderer.project(arrays, voted, {.sh_degree = 0});
    const auto channels = static_cast<int>(layers.size());
    auto weights = at::empty({field.size(), channels}, at::kFloat);
    // What a splat's value adds to the map is its weight: the gradient of a value is the weight under the map.
    renderer.backward_group({.channels = channels}, gradient.data_ptr<float>(), weights.data_ptr<float>());
    return weights;
  }

  at::Tensor like_seeds(const Seeds& seeds) {
    return smoothed(likeness.of_all(seeds.example.unsqueeze(0)).squeeze(1), *neighbours, opacity, pool);
  }

  at::Tensor grow(const Seeds& seeds, const at::Tensor& like, const at::Tensor& open, const GrowOptions& options) {
    const double least = options.similarity > 0 ? options.similarity : proposed_likeness(like, seeds);
    const auto allowed = like.ge(least) & open;
    return reached(seeds.splats, allowed, graph, options.reach, options.most);
  }

  /// The seeds of each map of a view; maps that show nothing give none.
  std::vector<Seeds> seeds_of(const Pointing& view, const std::vector<at::Tensor>& maps) {
    std::vector<Seeds> found;
    if (maps.empty()) return found;
    const auto weights = weigh(view.camera, voting_camera(view.camera), maps);
    for (size_t map = 0; map < maps.size(); ++map) {
      auto seeds = find_seeds(likeness, weights.select(1, static_cast<int64_t>(map)));
      if (!seeds.splats.empty()) found.push_back(std::move(seeds));
    }
    return found;
  }

  OutlineVotes outline_votes(const std::vector<const Pointing*>& views, double share) {
    const auto none = at::zeros({field.size()}, at::kFloat);
    OutlineVotes votes{.inside = none.clone(),
                       .around = none.clone(),
                       .held = at::zeros({field.size()}, at::kBool),
                       .outside = at::zeros({field.size()}, at::kBool)};
    for (const auto* view : views) {
      const auto weights =
          weigh(view->camera, voting_camera(view->camera), {view->region->to(at::kFloat), ring_about(*view->region)});
      const auto inside = weights.select(1, 0), whole = weights.select(1, 2);
      const auto mostly = inside.ge(whole * share), seen = whole.gt(seen_weight);
      votes.inside += inside;
      votes.around += weights.select(1, 1);
      votes.held |= seen & mostly;
      votes.outside |= seen & ~mostly;
    }
    votes.held &= ~votes.outside;
    votes.inside *= votes.held;
    return votes;
  }

  at::Tensor held_by(const std::vector<const Pointing*>& views, const GrowOptions& options) {
    const auto votes = outline_votes(views, options.share);
    if (!likeness.by_features()) return votes.held;
    const auto seeds = find_seeds(likeness, votes.inside, votes.around);
    if (seeds.splats.empty()) return votes.held;
    const auto open = alive & ~votes.outside;
    return settled(grow(seeds, like_seeds(seeds), open, options), *neighbours, open, pool);
  }
};

Pointer::Pointer(const GaussianField& field, ThreadPool& pool, Isa isa, const at::Tensor& alive)
    : state_(std::make_unique<State>(field, pool, isa, alive)) {}
Pointer::~Pointer() = default;
Pointer::Pointer(Pointer&&) noexcept = default;
Pointer& Pointer::operator=(Pointer&&) noexcept = default;

void Pointer::prepare() { state_->prepare(); }

const SplatNeighbours& Pointer::neighbours() {
  state_->prepare();
  return *state_->neighbours;
}

Votes Pointer::votes(const Camera& camera, const at::Tensor& region) {
  check_region(camera, region);
  const auto weights = state_->weigh(camera, camera, {region.to(at::kFloat)});
  return {.inside = weights.select(1, 0).contiguous(), .whole = weights.select(1, 1).contiguous()};
}

at::Tensor Pointer::select(const std::vector<Pointing>& views, const GrowOptions& options) {
  State& s = *state_;
  s.prepare();
  std::vector<Seeds> seeds, negatives;
  std::vector<const Pointing*> outlines;
  const auto append = [](std::vector<Seeds>& to, std::vector<Seeds> more) {
    for (auto& one : more) to.push_back(std::move(one));
  };
  bool asked = false;
  for (const auto& view : views) {
    if (view.region) check_region(view.camera, *view.region);
    std::vector<at::Tensor> maps, taken;
    for (const auto& click : view.clicks) maps.push_back(click_map(view.camera, click, view.click_radius));
    for (const auto& click : view.negative_clicks) taken.push_back(click_map(view.camera, click, view.click_radius));
    if (view.region && view.grow) maps.push_back(view.region->to(at::kFloat));
    if (view.region && !view.grow) outlines.push_back(&view);
    asked = asked || !maps.empty() || view.region;
    append(seeds, s.seeds_of(view, maps));
    append(negatives, s.seeds_of(view, taken));
  }
  if (!asked) user_error("nothing is pointed at: give a click, a box, a lasso or a scribble");

  auto best = at::full({s.field.size()}, -std::numeric_limits<float>::infinity(), at::kFloat);
  auto selected = at::zeros({s.field.size()}, at::kBool);
  for (const auto& one : seeds) {
    const auto like = s.like_seeds(one);
    const auto thing = s.grow(one, like, s.alive, options);
    selected |= settled(thing, *s.neighbours, s.alive, s.pool);
    best = at::maximum(best, like);
  }
  if (!outlines.empty()) selected |= s.held_by(outlines, options);
  for (const auto& one : negatives) {
    const auto like = s.like_seeds(one);
    const auto thing = settled(s.grow(one, like, s.alive, options), *s.neighbours, s.alive, s.pool);
    selected &= ~(thing & like.ge(best));
  }
  return selected;
}

}  // namespace retort::field
