#include "distil/field/gaussians/field_renderer.h"

#include <ATen/ATen.h>

#include "core/errors.h"

namespace retort::field {

splat::SplatArrays<float> splat_arrays(const splat::SplatParameters& parameters) {
  return {.count = parameters.size(),
          .coefficients = static_cast<int>(parameters.sh.size(1)),
          .means = parameters.means.data_ptr<float>(),
          .quaternions = parameters.quaternions.data_ptr<float>(),
          .log_scales = parameters.log_scales.data_ptr<float>(),
          .opacity_logits = parameters.opacity_logits.data_ptr<float>(),
          .sh = parameters.sh.data_ptr<float>()};
}

FieldRenderer::FieldRenderer(const GaussianField& field, ThreadPool& pool, Isa isa)
    : field_(field), renderer_(pool, isa) {}

void FieldRenderer::look(const Camera& camera) {
  camera_ = camera;
  renderer_.project(splat_arrays(field_.splats), camera,
                    {.sh_degree = static_cast<int>(field_.sh_degree), .background = field_.background});
}

RenderedView FieldRenderer::view() {
  RenderedView view{.colour = at::empty({3, camera_.height, camera_.width}, at::kFloat),
                    .depth = at::empty({camera_.height, camera_.width}, at::kFloat),
                    .transmittance = at::empty({camera_.height, camera_.width}, at::kFloat)};
  renderer_.blend({.colour = view.colour.data_ptr<float>(),
                   .depth = view.depth.data_ptr<float>(),
                   .transmittance = view.transmittance.data_ptr<float>()});
  return view;
}

at::Tensor FieldRenderer::value_map(const at::Tensor& values, int height, int width, splat::MapFilter filter) {
  RT_CHECK(values.dim() == 2 && values.size(0) == field_.size() && values.size(1) >= 1 &&
               values.scalar_type() == at::kFloat && values.is_contiguous(),
           "value map: the values are no contiguous float32 [{},K]", field_.size());
  const auto channels = values.size(1);
  auto map = at::empty({height, width, channels}, at::kFloat);
  renderer_.render_group({.values = values.data_ptr<float>(),
                          .channels = static_cast<int>(channels),
                          .map_width = width,
                          .map_height = height,
                          .filter = filter},
                         map.data_ptr<float>());
  return map;
}

at::Tensor FieldRenderer::render_channels(int height, int width, splat::MapFilter filter) {
  if (field_.feature_dim() == 0) user_error("this field carries no features: train it with a teacher's maps");
  return value_map(field_.splats.features, height, width, filter);
}

at::Tensor FieldRenderer::feature_map(int height, int width, splat::MapFilter filter) {
  const auto map = render_channels(height, width, filter);
  return decode_features(field_, map.view({int64_t{height} * width, field_.feature_dim()}))
      .view({height, width, field_.decoded_dim()});
}

at::Tensor FieldRenderer::feature_map(bool decoded) {
  const auto filter = splat::MapFilter::area;
  if (decoded) return feature_map(camera_.height, camera_.width, filter);
  return render_channels(camera_.height, camera_.width, filter);
}

}  // namespace retort::field
