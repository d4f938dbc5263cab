#include "distil/field/selection/pointing.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "core/errors.h"
#include "distil/field/gaussians/field_renderer.h"
#include "distil/field/selection/growing.h"
#include "distil/field/selection/likeness.h"
#include "distil/field/selection/near_splats.h"
#include "distil/field/selection/region_maps.h"
#include "distil/field/splat/cpu/renderer.h"

namespace retort::field {

namespace {

constexpr int pointing_neighbours = 10;
constexpr int64_t most_sampled = 16384;  ///< splats that the threshold is proposed from

void check_region(const Camera& camera, const at::Tensor& region) {
  RT_CHECK(region.dim() == 2 && region.scalar_type() == at::kBool && region.size(0) == camera.height &&
               region.size(1) == camera.width,
           "pointing: the region is no bool [{},{}]", camera.height, camera.width);
}

void check_click(const Camera& camera, const Pixel& click) {
  if (click[0] >= 0 && click[1] >= 0 && click[0] < camera.width && click[1] < camera.height) return;
  user_error("a click at ({}, {}) is outside the view's {}x{} pixels", click[0], click[1], camera.width, camera.height);
}

/// Torch works alone meanwhile: what it is given here is small, and waking its threads costs more than they do.
class AloneScope {
 public:
  AloneScope() : before_(at::get_num_threads()) { at::set_num_threads(1); }
  ~AloneScope() { at::set_num_threads(before_); }
  AloneScope(const AloneScope&) = delete;
  AloneScope& operator=(const AloneScope&) = delete;

 private:
  int before_;
};

/// Everything an answer needs to know of outlines.
struct OutlineVotes {
  at::Tensor inside, around;  ///< [P] weights summed over the views; inside only of what is held
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

  GrowthField ground() const {
    return {.likeness = likeness, .neighbours = *neighbours, .graph = graph, .opacity = opacity};
  }

  /// What a click shows, with weights: of all splats only those near it are projected.
  std::vector<WeightedSplat> weigh_click(const Camera& asked, const Pixel& place, double asked_radius) {
    check_click(asked, place);
    const auto camera = voting_camera(asked);
    const Pixel click = {place[0] * camera.width / asked.width, place[1] * camera.height / asked.height};
    const double radius = std::max(asked_radius * camera.width / asked.width, least_click_radius);
    auto arrays = splat_arrays(field.splats);
    arrays.opacity_logits = logits.data_ptr<float>();
    const auto splats = splats_near(arrays, camera, click[0], click[1], radius, pool);
    if (splats.empty()) return {};
    const auto rows = at::tensor(splats, at::kLong);
    const auto count = rows.size(0);
    const auto means = field.splats.means.index_select(0, rows),
               quaternions = field.splats.quaternions.index_select(0, rows),
               log_scales = field.splats.log_scales.index_select(0, rows), dimmed = logits.index_select(0, rows),
               no_colours = at::zeros({count, 1, 3}, at::kFloat);
    renderer.project({.count = count,
                      .coefficients = 1,
                      .means = means.data_ptr<float>(),
                      .quaternions = quaternions.data_ptr<float>(),
                      .log_scales = log_scales.data_ptr<float>(),
                      .opacity_logits = dimmed.data_ptr<float>(),
                      .sh = no_colours.data_ptr<float>()},
                     camera, {.sh_degree = 0});
    const auto map = click_map(camera, click, radius);
    std::vector<float> weights(splats.size());
    renderer.backward_group({.channels = 1}, map.data(), weights.data());
    std::vector<WeightedSplat> found;
    for (size_t near = 0; near < splats.size(); ++near) {
      if (weights[near] > 0) found.push_back({.weight = weights[near], .splat = splats[near]});
    }
    return found;
  }

  SmoothedValues like_seeds(const Seeds& seeds) {
    return {likeness.of_all(seeds.example.unsqueeze(0)).squeeze(1), *neighbours, opacity};
  }

  /// The thing that seeds belong to, among the splats that are `open`.
  std::vector<int64_t> grow(const Seeds& seeds, const SmoothedValues& like, const SplatTest& open,
                            const GrowOptions& options) {
    const double least =
        options.similarity > 0 ? options.similarity : proposed_likeness(like.sample(most_sampled), like, seeds);
    const auto thing = reached(
        seeds.splats, [&](int64_t splat) { return open(splat) && like[splat] >= least; }, graph, options.reach,
        options.most);
    const auto set = likeness.by_features() ? parted(thing, ground(), open) : settled(thing, ground(), open);
    std::vector<uint8_t> in(static_cast<size_t>(field.size()), 0);
    for (const int64_t splat : set) in[splat] = 1;
    return reached(
        seeds.splats, [&](int64_t splat) { return in[splat] != 0; }, graph, options.reach, options.most);
  }

  void append_seeds(std::vector<Seeds>& to, std::vector<WeightedSplat> shown) {
    auto seeds = find_seeds(ground(), std::move(shown));
    if (!seeds.splats.empty()) to.push_back(std::move(seeds));
  }

  /// Weights inside a region, in the ring about it, and in the whole view: [P,3].
  at::Tensor weigh_outline(const Camera& camera, const at::Tensor& region) {
    return weigh(camera, voting_camera(camera), {region.to(at::kFloat), ring_about(region)});
  }

  OutlineVotes outline_votes(const std::vector<const Pointing*>& views, double share) {
    const auto none = at::zeros({field.size()}, at::kFloat);
    OutlineVotes votes{.inside = none.clone(),
                       .around = none.clone(),
                       .held = at::zeros({field.size()}, at::kBool),
                       .outside = at::zeros({field.size()}, at::kBool)};
    for (const auto* view : views) {
      const auto weights = weigh_outline(view->camera, *view->region);
      const Votes of_view{.inside = weights.select(1, 0), .whole = weights.select(1, 2)};
      const auto verdict = verdict_of(of_view, {.share = share});
      votes.inside += of_view.inside;
      votes.around += weights.select(1, 1);
      votes.held |= verdict.held;
      votes.outside |= verdict.outside;
    }
    votes.held &= ~votes.outside;
    votes.inside *= votes.held;
    return votes;
  }

  /// The dominant thing of what is held, with the splats about which nothing is known that belong to it. Without
  /// features all that is held.
  at::Tensor thing_of(const OutlineVotes& votes, const GrowOptions& options) {
    if (!likeness.by_features()) return votes.held;
    const auto seeds = find_seeds(ground(), weighted_splats(votes.inside), weighted_splats(votes.around));
    if (seeds.splats.empty()) return votes.held;
    const auto may_join = alive & ~votes.outside;
    const bool* open = may_join.data_ptr<bool>();
    return mask_of(grow(
        seeds, like_seeds(seeds), [&](int64_t splat) { return open[splat]; }, options));
  }

  at::Tensor mask_of(const std::vector<int64_t>& splats) const {
    auto mask = at::empty({field.size()}, at::kBool);
    bool* in = mask.data_ptr<bool>();
    std::fill(in, in + field.size(), false);
    for (const int64_t splat : splats) in[splat] = true;
    return mask;
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
  const AloneScope alone;
  std::vector<Seeds> seeds, negatives;
  std::vector<const Pointing*> outlines;
  bool asked = false;
  for (const auto& view : views) {
    if (view.region) check_region(view.camera, *view.region);
    for (const auto& click : view.clicks) s.append_seeds(seeds, s.weigh_click(view.camera, click, view.click_radius));
    for (const auto& click : view.negative_clicks) {
      s.append_seeds(negatives, s.weigh_click(view.camera, click, view.click_radius));
    }
    if (view.region && view.grow) {
      const auto weights = s.weigh(view.camera, voting_camera(view.camera), {view.region->to(at::kFloat)});
      s.append_seeds(seeds, weighted_splats(weights.select(1, 0)));
    }
    if (view.region && !view.grow) outlines.push_back(&view);
    asked = asked || !view.clicks.empty() || view.region;
  }
  if (!asked) user_error("nothing is pointed at: give a click, a box, a lasso or a scribble");

  const bool* alive = s.alive.data_ptr<bool>();
  const SplatTest lives = [&](int64_t splat) { return alive[splat]; };
  auto selected = outlines.empty() ? s.mask_of({}) : s.thing_of(s.outline_votes(outlines, options.share), options);
  bool* chosen = selected.data_ptr<bool>();
  std::vector<SmoothedValues> wanted;
  for (const auto& one : seeds) {
    wanted.push_back(s.like_seeds(one));
    for (const int64_t splat : s.grow(one, wanted.back(), lives, options)) chosen[splat] = true;
  }
  for (const auto& one : negatives) {
    const auto like = s.like_seeds(one);
    for (const int64_t splat : s.grow(one, like, lives, options)) {
      const auto is_less = [&](const SmoothedValues& other) { return other[splat] <= like[splat]; };
      if (std::all_of(wanted.begin(), wanted.end(), is_less)) chosen[splat] = false;
    }
  }
  return selected;
}

Voted Pointer::vote(const std::vector<Ballot>& views, const VoteOptions& options) {
  options.check();
  if (views.empty()) user_error("vote: nothing is drawn in any view");
  bool drawn = false;
  for (const auto& view : views) {
    check_region(view.camera, view.region);
    drawn = drawn || view.region.any().item<bool>();
  }
  if (!drawn) user_error("vote: what is drawn covers no pixel of any view");
  const AloneScope alone;
  State& s = *state_;
  Votes votes;
  auto around = at::zeros({s.field.size()}, at::kFloat);
  for (const auto& view : views) {
    const auto weights = s.weigh_outline(view.camera, view.region);
    add_votes(votes, {.inside = weights.select(1, 0), .whole = weights.select(1, 2)});
    around += weights.select(1, 1);
  }
  const auto verdict = verdict_of(votes, options);
  return {
      .votes = votes, .selected = verdict.held, .unseen = s.alive & ~verdict.held & ~verdict.outside, .around = around};
}

at::Tensor Pointer::thing_of(const Voted& voted, const GrowOptions& options) {
  State& s = *state_;
  s.prepare();
  const AloneScope alone;
  return s.thing_of({.inside = voted.votes.inside * voted.selected,
                     .around = voted.around,
                     .held = voted.selected,
                     .outside = s.alive & ~voted.selected & ~voted.unseen},
                    options);
}

at::Tensor Pointer::with_fringe(const at::Tensor& mask) {
  state_->prepare();
  RT_CHECK(mask.dim() == 1 && mask.size(0) == state_->field.size() && mask.scalar_type() == at::kBool,
           "selection: the mask is no bool [{}]", state_->field.size());
  return field::with_fringe(mask, state_->ground()) & state_->alive;
}

}  // namespace retort::field
