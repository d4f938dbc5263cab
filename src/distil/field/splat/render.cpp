#include "distil/field/splat/render.h"

#include <algorithm>
#include <array>
#include <vector>

#include "distil/field/splat/cpu/reference.h"
#include "distil/field/splat/tensor_access.h"

namespace retort::splat {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// What a call of render() needs beside its tensors.
struct RenderCall : torch::CustomClassHolder {
  field::Camera camera;
  RenderOptions options;
  ThreadPool* pool = nullptr;
};

enum RenderInput {
  in_means,
  in_quaternions,
  in_log_scales,
  in_opacity,
  in_sh,
  in_features,
  in_points,
  in_view,
  inputs
};

RenderTensors render_tensors(const variable_list& list) {
  return {list[in_means], list[in_quaternions], list[in_log_scales], list[in_opacity],
          list[in_sh],    list[in_features],    list[in_points],     list[in_view]};
}

/// Map [H,W,N] of a group as [N,H,W].
at::Tensor channel_first(const at::Tensor& map) { return map.permute({2, 0, 1}).contiguous(); }

template <class Real>
ChannelGroup<Real> feature_group(const at::Tensor& features) {
  return {.values = features.data_ptr<Real>(), .channels = static_cast<int>(features.size(1))};
}

struct ForwardMaps {
  at::Tensor color, depth, transmittance, features, radii;  ///< features channel-last
};

template <class Real>
ImageMaps<Real> image_maps(const ForwardMaps& maps) {
  return {maps.color.data_ptr<Real>(), maps.depth.data_ptr<Real>(), maps.transmittance.data_ptr<Real>()};
}

void run_forward(const RenderTensors& t, const RenderCall& call, const field::Camera& camera, ForwardMaps& maps) {
  const bool has_features = t.features.size(1) > 0;
  if (t.means.scalar_type() == at::kFloat) {
    Renderer renderer(*call.pool, call.options.isa);
    renderer.project(splat_arrays<float>(t), camera, call.options.settings);
    renderer.blend(image_maps<float>(maps));
    if (has_features) renderer.render_group(feature_group<float>(t.features), maps.features.data_ptr<float>());
    const auto radii = renderer.radii();
    std::copy(radii.begin(), radii.end(), maps.radii.data_ptr<int32_t>());
    return;
  }
  std::vector<ChannelGroup<double>> groups;
  std::vector<double*> group_maps;
  if (has_features) {
    groups.push_back(feature_group<double>(t.features));
    group_maps.push_back(maps.features.data_ptr<double>());
  }
  std::vector<int32_t> radii;
  reference::render<double>(splat_arrays<double>(t), camera, call.options.settings, image_maps<double>(maps), groups,
                            group_maps, &radii);
  std::copy(radii.begin(), radii.end(), maps.radii.data_ptr<int32_t>());
}

/// Gradients of the outputs: dense, or undefined where nothing flows.
struct OutputGradients {
  at::Tensor color, depth, transmittance, features;  ///< features channel-last
};

template <class Real>
ImageGradients<Real> image_gradients(const OutputGradients& g) {
  return {data_or_null<Real>(g.color), data_or_null<Real>(g.depth), data_or_null<Real>(g.transmittance)};
}

template <class Real>
SplatGradients<Real> splat_gradients(const variable_list& g, double* pose) {
  return {data_or_null<Real>(g[in_means]),
          data_or_null<Real>(g[in_quaternions]),
          data_or_null<Real>(g[in_log_scales]),
          data_or_null<Real>(g[in_opacity]),
          data_or_null<Real>(g[in_sh]),
          data_or_null<Real>(g[in_points]),
          pose};
}

void fast_backward(const RenderTensors& t, const RenderCall& call, const OutputGradients& out,
                   const variable_list& grads, double* pose) {
  const field::Camera camera = posed_camera(call.camera, t.world_to_view);
  Renderer renderer(*call.pool, call.options.isa);
  renderer.project(splat_arrays<float>(t), camera, call.options.settings);
  renderer.blend({});
  std::vector<GeometryGroup<float>> geometry;
  if (out.features.defined()) {
    const auto group = feature_group<float>(t.features);
    const float* map_gradient = out.features.data_ptr<float>();
    if (grads[in_features].defined()) {
      renderer.backward_group(group, map_gradient, grads[in_features].data_ptr<float>());
    }
    if (call.options.feature_gradient_to_geometry) geometry.push_back({group, map_gradient});
  }
  renderer.backward(image_gradients<float>(out), splat_gradients<float>(grads, pose), geometry);
}

void reference_backward(const RenderTensors& t, const RenderCall& call, const OutputGradients& out,
                        const variable_list& grads, double* pose) {
  std::vector<reference::GroupBackward<double>> groups;
  if (out.features.defined()) {
    groups.push_back({feature_group<double>(t.features), out.features.data_ptr<double>(),
                      call.options.feature_gradient_to_geometry, data_or_null<double>(grads[in_features])});
  }
  reference::render_backward<double>(splat_arrays<double>(t), posed_camera(call.camera, t.world_to_view),
                                     call.options.settings, image_gradients<double>(out), groups,
                                     splat_gradients<double>(grads, pose));
}

class RenderFunction : public torch::autograd::Function<RenderFunction> {
 public:
  static variable_list forward(AutogradContext* ctx, const at::Tensor& means, const at::Tensor& quaternions,
                               const at::Tensor& log_scales, const at::Tensor& opacity_logits, const at::Tensor& sh,
                               const at::Tensor& features, const at::Tensor& screenspace_points,
                               const at::Tensor& world_to_view, const c10::intrusive_ptr<RenderCall>& call) {
    variable_list kept = {means, quaternions, log_scales,         opacity_logits,
                          sh,    features,    screenspace_points, world_to_view};
    for (auto& tensor : kept) tensor = tensor.contiguous();
    const RenderTensors tensors = render_tensors(kept);
    const field::Camera camera = posed_camera(call->camera, world_to_view);
    const auto options = means.options();
    ForwardMaps maps{at::empty({3, camera.height, camera.width}, options),
                     at::empty({1, camera.height, camera.width}, options),
                     at::empty({1, camera.height, camera.width}, options),
                     {},
                     at::empty({means.size(0)}, options.dtype(at::kInt))};
    maps.features = at::empty({camera.height, camera.width, features.size(1)}, options);
    run_forward(tensors, *call, camera, maps);
    ctx->set_materialize_grads(false);
    ctx->save_for_backward(kept);
    ctx->saved_data["call"] = c10::IValue::make_capsule(call);
    ctx->mark_non_differentiable({maps.radii});
    return {maps.color, maps.depth, channel_first(maps.features), maps.transmittance, maps.radii};
  }

  static variable_list backward(AutogradContext* ctx, variable_list out) {
    const variable_list kept = ctx->get_saved_variables();
    const RenderTensors tensors = render_tensors(kept);
    const auto holder = ctx->saved_data["call"].toCapsule();
    const auto& call = static_cast<const RenderCall&>(*holder);
    const auto dense = [](const at::Tensor& t) { return t.defined() ? t.contiguous() : t; };
    OutputGradients gradients{dense(out[0]), dense(out[1]), dense(out[3]), {}};
    if (tensors.features.size(1) > 0 && out[2].defined()) gradients.features = out[2].permute({1, 2, 0}).contiguous();
    variable_list grads(inputs + 1);
    for (int i = 0; i < inputs; ++i) {
      grads[i] = at::zeros_like(kept[i]);
    }
    std::array<double, 12> pose = {};
    if (tensors.means.scalar_type() == at::kFloat) {
      fast_backward(tensors, call, gradients, grads, pose.data());
    } else {
      reference_backward(tensors, call, gradients, grads, pose.data());
    }
    grads[in_view] = pose_gradient(pose, kept[in_view].scalar_type());
    return grads;
  }
};

void check_tensor(const at::Tensor& tensor, const char* name, at::IntArrayRef shape, const at::Tensor& means) {
  RT_CHECK(tensor.defined(), "render: {} is missing", name);
  RT_CHECK(tensor.scalar_type() == means.scalar_type(), "render: {} has another dtype than means", name);
  RT_CHECK(tensor.dim() == static_cast<int64_t>(shape.size()), "render: {} has {} dimensions instead of {}", name,
           tensor.dim(), shape.size());
  for (size_t i = 0; i < shape.size(); ++i) {
    RT_CHECK(shape[i] < 0 || tensor.size(i) == shape[i], "render: {} has size {} instead of {} in dimension {}", name,
             tensor.size(i), shape[i], i);
  }
}

void check_geometry(const RenderTensors& t) {
  RT_CHECK(t.means.defined() && t.means.dim() == 2 && t.means.size(1) == 3, "render: means are not [P,3]");
  RT_CHECK(t.means.scalar_type() == at::kFloat || t.means.scalar_type() == at::kDouble,
           "render: means are neither float32 nor float64");
  const int64_t count = t.means.size(0);
  check_tensor(t.quaternions, "quaternions", {count, 4}, t.means);
  check_tensor(t.log_scales, "log_scales", {count, 3}, t.means);
}

}  // namespace

RenderedTensors render(const RenderTensors& t, const field::Camera& camera, const RenderOptions& options,
                       ThreadPool& pool) {
  check_geometry(t);
  const int64_t count = t.means.size(0);
  check_tensor(t.opacity_logits, "opacity_logits", {count}, t.means);
  check_tensor(t.sh, "sh", {count, -1, 3}, t.means);
  if (t.features.defined()) check_tensor(t.features, "features", {count, -1}, t.means);
  if (t.screenspace_points.defined()) check_tensor(t.screenspace_points, "screenspace_points", {count, 2}, t.means);
  auto call = c10::make_intrusive<RenderCall>();
  call->camera = camera;
  call->options = options;
  call->pool = &pool;
  // Autograd functions take no undefined tensors: what is absent becomes empty, zero or the camera's own pose.
  const auto options_of = t.means.options().requires_grad(false);
  const auto out =
      RenderFunction::apply(t.means, t.quaternions, t.log_scales, t.opacity_logits, t.sh,
                            t.features.defined() ? t.features : at::empty({count, 0}, options_of),
                            t.screenspace_points.defined() ? t.screenspace_points : at::zeros({count, 2}, options_of),
                            t.world_to_view.defined() ? t.world_to_view : pose_tensor(camera), call);
  return {out[0], out[1], t.features.defined() ? out[2] : at::Tensor(), out[3], out[4]};
}

}  // namespace retort::splat
