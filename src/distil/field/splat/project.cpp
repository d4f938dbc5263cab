#include <algorithm>
#include <array>

#include "distil/field/splat/cpu/reference.h"
#include "distil/field/splat/render.h"
#include "distil/field/splat/tensor_access.h"

namespace retort::splat {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

struct ProjectCall : torch::CustomClassHolder {
  field::Camera camera;
  double scale_modifier = 1;
};

template <class Value>
at::Tensor tensor_from(const std::vector<Value>& values, at::IntArrayRef shape, at::ScalarType dtype) {
  at::Tensor tensor = at::empty(shape, dtype);
  std::copy(values.begin(), values.end(), tensor.data_ptr<Value>());
  return tensor;
}

template <class Real>
variable_list project_forward(const RenderTensors& t, const field::Camera& camera, double scale_modifier) {
  const auto out = reference::project(splat_arrays<Real>(t), camera, scale_modifier);
  const int64_t count = t.means.size(0);
  const auto dtype = t.means.scalar_type();
  return {tensor_from(out.mean2d, {count, 2}, dtype), tensor_from(out.conic, {count, 3}, dtype),
          tensor_from(out.depth, {count}, dtype), tensor_from(out.radius, {count}, at::kInt),
          tensor_from(out.tile_rect, {count, 4}, at::kInt)};
}

template <class Real>
void project_backward_into(const RenderTensors& t, const field::Camera& camera, double scale_modifier,
                           const variable_list& out, const variable_list& grads, double* pose) {
  const auto splats = splat_arrays<Real>(t);
  const auto projection = reference::project(splats, camera, scale_modifier);
  SplatGradients<Real> gradients;
  gradients.means = grads[0].data_ptr<Real>();
  gradients.quaternions = grads[1].data_ptr<Real>();
  gradients.log_scales = grads[2].data_ptr<Real>();
  gradients.world_to_camera = pose;
  reference::project_backward<Real>(splats, camera, scale_modifier, projection,
                                    {out[0].data_ptr<Real>(), out[1].data_ptr<Real>(), out[2].data_ptr<Real>()},
                                    gradients);
}

class ProjectFunction : public torch::autograd::Function<ProjectFunction> {
 public:
  static variable_list forward(AutogradContext* ctx, const at::Tensor& means, const at::Tensor& quaternions,
                               const at::Tensor& log_scales, const at::Tensor& world_to_view,
                               const c10::intrusive_ptr<ProjectCall>& call) {
    const variable_list kept = {means.contiguous(), quaternions.contiguous(), log_scales.contiguous(), world_to_view};
    RenderTensors t;
    t.means = kept[0];
    t.quaternions = kept[1];
    t.log_scales = kept[2];
    const field::Camera camera = posed_camera(call->camera, world_to_view);
    variable_list out = means.scalar_type() == at::kFloat ? project_forward<float>(t, camera, call->scale_modifier)
                                                          : project_forward<double>(t, camera, call->scale_modifier);
    ctx->save_for_backward(kept);
    ctx->saved_data["call"] = c10::IValue::make_capsule(call);
    ctx->mark_non_differentiable({out[3], out[4]});
    return out;
  }

  static variable_list backward(AutogradContext* ctx, variable_list out) {
    const variable_list kept = ctx->get_saved_variables();
    const auto holder = ctx->saved_data["call"].toCapsule();
    const auto& call = static_cast<const ProjectCall&>(*holder);
    RenderTensors t;
    t.means = kept[0];
    t.quaternions = kept[1];
    t.log_scales = kept[2];
    const int64_t count = t.means.size(0);
    const auto dense = [&](const at::Tensor& g, at::IntArrayRef shape) {
      return g.defined() ? g.contiguous() : at::zeros(shape, t.means.options());
    };
    const variable_list incoming = {dense(out[0], {count, 2}), dense(out[1], {count, 3}), dense(out[2], {count})};
    variable_list grads = {at::zeros_like(kept[0]), at::zeros_like(kept[1]), at::zeros_like(kept[2]), {}, {}};
    std::array<double, 12> pose = {};
    const field::Camera camera = posed_camera(call.camera, kept[3]);
    if (t.means.scalar_type() == at::kFloat) {
      project_backward_into<float>(t, camera, call.scale_modifier, incoming, grads, pose.data());
    } else {
      project_backward_into<double>(t, camera, call.scale_modifier, incoming, grads, pose.data());
    }
    grads[3] = pose_gradient(pose, kept[3].scalar_type());
    return grads;
  }
};

}  // namespace

ProjectedTensors project(const RenderTensors& t, const field::Camera& camera, double scale_modifier) {
  auto call = c10::make_intrusive<ProjectCall>();
  call->camera = camera;
  call->scale_modifier = scale_modifier;
  const auto out = ProjectFunction::apply(t.means, t.quaternions, t.log_scales,
                                          t.world_to_view.defined() ? t.world_to_view : pose_tensor(camera), call);
  return {out[0], out[1], out[2], out[3], out[4]};
}

}  // namespace retort::splat
