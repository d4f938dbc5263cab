#include "distil/field/splat/cpu/renderer.h"

#include <algorithm>

#include "core/errors.h"
#include "distil/field/splat/cpu/feature_phases.h"
#include "distil/field/splat/cpu/renderer_state.h"

namespace retort::splat {

struct Renderer::State : RenderFrame {};

namespace {

/// Splats per task of the per-splat phases; fixed, so that sums over tasks do not depend on the number of threads.
constexpr int64_t splats_per_task = 1024;

int64_t splat_tasks(int64_t count) { return (count + splats_per_task - 1) / splats_per_task; }

void check_scene(const SplatArrays<float>& splats, const field::Camera& camera, const RenderSettings& settings) {
  RT_CHECK(splats.count >= 0 && splats.count < (int64_t{1} << 31), "{} splats", splats.count);
  RT_CHECK(camera.width > 0 && camera.height > 0 && camera.width < 65536 && camera.height < 65536,
           "image of {} x {} pixels", camera.width, camera.height);
  RT_CHECK(camera.fx > 0 && camera.fy > 0, "focal lengths {} and {} are not positive", camera.fx, camera.fy);
  const int degree = settings.sh_degree;
  RT_CHECK(degree >= 0 && degree <= 4 && (degree + 1) * (degree + 1) <= splats.coefficients,
           "SH degree {} with {} coefficients", degree, splats.coefficients);
  RT_CHECK(splats.count == 0 ||
               (splats.means && splats.quaternions && splats.log_scales && splats.opacity_logits && splats.sh),
           "splat arrays are missing");
}

ViewConstants view_constants(const field::Camera& camera, const RenderSettings& settings) {
  ViewConstants view = {};
  for (int i = 0; i < 12; ++i) view.world_to_camera[i] = static_cast<float>(camera.world_to_camera[i]);
  const field::Vector3 centre = camera.centre();
  for (int i = 0; i < 3; ++i) view.centre[i] = static_cast<float>(centre[i]);
  view.fx = static_cast<float>(camera.fx);
  view.fy = static_cast<float>(camera.fy);
  view.cx = static_cast<float>(camera.cx - 0.5);
  view.cy = static_cast<float>(camera.cy - 0.5);
  view.limit_x = static_cast<float>(field_of_view_slack * camera.width / (2 * camera.fx));
  view.limit_y = static_cast<float>(field_of_view_slack * camera.height / (2 * camera.fy));
  view.scale_modifier = static_cast<float>(settings.scale_modifier);
  view.width = camera.width;
  view.height = camera.height;
  view.tiles_x = (camera.width + tile_size - 1) / tile_size;
  view.tiles_y = (camera.height + tile_size - 1) / tile_size;
  view.sh_degree = settings.sh_degree;
  for (int i = 0; i < 3; ++i) view.background[i] = static_cast<float>(settings.background[i]);
  return view;
}

}  // namespace

TileJob RenderFrame::tile_job(int64_t tile) const {
  return {&view,
          packed.data(),
          lists.entries(tile),
          lists.entries_of(tile),
          static_cast<int>(tile % view.tiles_x),
          static_cast<int>(tile / view.tiles_x)};
}

void RenderFrame::for_each_task(int64_t count, const std::function<void(int64_t, TileScratch&)>& body) {
  std::atomic<int64_t> next{0};
  pool->run(static_cast<int64_t>(scratch.size()), [&](int64_t worker) {
    for (int64_t task; (task = next.fetch_add(1, std::memory_order_relaxed)) < count;) body(task, scratch[worker]);
  });
}

void RenderFrame::for_each_tile(const std::function<void(int64_t, TileScratch&)>& body) {
  for_each_task(tiles(), body);
}

namespace {
const Kernels& kernels_for(Isa isa) {
  if (isa == Isa::avx512) return kernels_avx512();
  return isa == Isa::avx2 ? kernels_avx2() : kernels_portable();
}
}  // namespace

Renderer::Renderer(ThreadPool& pool, Isa isa) : state_(std::make_unique<State>()) {
  state_->pool = &pool;
  state_->isa = resolve_isa(isa);
  state_->kernels = &kernels_for(state_->isa);
  state_->scratch.resize(pool.threads());
}

Renderer::~Renderer() = default;
Renderer::Renderer(Renderer&&) noexcept = default;
Renderer& Renderer::operator=(Renderer&&) noexcept = default;

Isa Renderer::isa() const { return state_->isa; }

void Renderer::project(const SplatArrays<float>& splats, const field::Camera& camera, const RenderSettings& settings) {
  check_scene(splats, camera, settings);
  State& s = *state_;
  s.projected = s.blended = false;
  s.splats = splats;
  s.view = view_constants(camera, settings);
  s.radius.resize(splats.count);
  const ProjectJob job{&s.splats, &s.view, s.packed.ensure(splats.count), s.radius.data(), s.rect.ensure(splats.count)};
  s.pool->run(splat_tasks(splats.count), [&](int64_t task) {
    s.kernels->project(job, task * splats_per_task, std::min(splats.count, (task + 1) * splats_per_task));
  });
  s.lists.build(*s.pool, s.view, job.packed, job.radius, job.rect, splats.count);
  s.projected = true;
}

std::span<const int32_t> Renderer::radii() const { return state_->radius; }

int64_t Renderer::tile_entries() const { return state_->lists.entry_count(); }

void Renderer::blend(const ImageMaps<float>& maps) {
  State& s = *state_;
  RT_CHECK(s.projected, "blend() before project()");
  const int64_t pixels = int64_t{s.view.width} * s.view.height;
  s.rendered = {maps.colour ? maps.colour : s.own_colour.ensure(3 * pixels),
                maps.depth ? maps.depth : s.own_depth.ensure(pixels),
                maps.transmittance ? maps.transmittance : s.own_transmittance.ensure(pixels)};
  s.for_each_tile([&](int64_t tile, TileScratch&) { s.kernels->blend_tile(s.tile_job(tile), s.rendered); });
  s.blended = true;
}

void Renderer::render_group(const ChannelGroup<float>& group, float* map) {
  RT_CHECK(state_->projected, "render_group() before project()");
  FeaturePhases(*state_, group).render(map);
}

void Renderer::backward_group(const ChannelGroup<float>& group, const float* map_gradient, float* value_gradients) {
  RT_CHECK(state_->projected, "backward_group() before project()");
  FeaturePhases(*state_, group).backward(map_gradient, value_gradients);
}

double Renderer::distil_group(const ChannelGroup<float>& group, const FeatureTarget& target, double weight,
                              float* value_gradients) {
  RT_CHECK(state_->projected, "distil_group() before project()");
  return FeaturePhases(*state_, group).distil(target, weight, value_gradients);
}

void Renderer::backward(const ImageGradients<float>& maps, const SplatGradients<float>& gradients,
                        std::span<const GeometryGroup<float>> geometry_groups) {
  State& s = *state_;
  RT_CHECK(s.blended, "backward() before blend()");
  float* records = s.records.ensure(record_floats * s.lists.entry_count());
  const GeometryShare share(s, geometry_groups);
  s.for_each_tile([&](int64_t tile, TileScratch& scratch) {
    BackwardTileJob job{s.tile_job(tile), s.rendered, maps, nullptr, nullptr, records};
    if (share.empty()) return s.kernels->backward_tile(job);
    const GeometryShare::Tile extra = share.of_tile(s, tile, scratch);
    job.extra = extra.extra.data();
    job.extra_total = extra.totals.data();
    s.kernels->backward_tile(job);
  });
  const ProjectBackwardJob job{&s.splats, &s.view,   s.packed.data(), s.radius.data(), s.lists.record_begin(),
                               records,   &gradients};
  const int64_t count = s.splats.count, tasks = splat_tasks(count);
  const bool wants_pose = gradients.world_to_camera != nullptr;
  s.pose_parts.assign(wants_pose ? 12 * tasks : 0, 0.0);
  s.pool->run(tasks, [&](int64_t task) {
    s.kernels->project_backward(job, task * splats_per_task, std::min(count, (task + 1) * splats_per_task),
                                wants_pose ? &s.pose_parts[12 * task] : nullptr);
  });
  if (!wants_pose) return;
  std::fill_n(gradients.world_to_camera, 12, 0.0);
  for (int64_t i = 0; i < 12 * tasks; ++i) gradients.world_to_camera[i % 12] += s.pose_parts[i];
}

WeightLists Renderer::weight_lists() {
  RT_CHECK(state_->projected, "weight_lists() before project()");
  return collect_weight_lists(*state_);
}

}  // namespace retort::splat
