#include "core/registries.h"
#include "distil/field/splat/render.h"
#include "run/parity.h"

namespace retort {

namespace {

constexpr const char* splat_repository = "ShijieZhou-UCLA/feature-3dgs @6c570d6, ";

field::Camera parity_camera(const run::ParityCall& call) {
  return field::camera_from_fov(static_cast<int>(call.integer("width")), static_cast<int>(call.integer("height")),
                                call.number("fov_x"), call.number("fov_y"), field::Camera().world_to_camera);
}

void run_splat_project(run::ParityCall& call) {
  splat::RenderTensors tensors;
  tensors.means = call.input("means");
  tensors.quaternions = call.input("quaternions");
  tensors.log_scales = call.input("log_scales");
  tensors.world_to_view = call.input("world_to_view");
  const auto out = splat::project(tensors, parity_camera(call), call.number("scale_modifier", 1));
  call.output("mean2d", out.mean2d);
  call.output("conic", out.conic);
  call.output("depth", out.depth);
  call.output("radius", out.radius);
  call.output("tile_rect", out.tile_rect);
}

void run_splat_render(run::ParityCall& call) {
  const splat::RenderTensors tensors{
      call.input("means"), call.input("quaternions"), call.input("log_scales"),         call.input("opacity_logits"),
      call.input("sh"),    call.input("features"),    call.input("screenspace_points"), call.input("world_to_view")};
  splat::RenderOptions options;
  options.settings.sh_degree = static_cast<int>(call.integer("sh_degree"));
  options.settings.scale_modifier = call.number("scale_modifier", 1);
  const at::Tensor background = call.input("background").to(at::kDouble).contiguous();
  for (int channel = 0; channel < 3; ++channel)
    options.settings.background[channel] = background.data_ptr<double>()[channel];
  options.feature_gradient_to_geometry = call.flag("feature_gradient_to_geometry", false);
  static ThreadPool pool(1);
  const auto out = splat::render(tensors, parity_camera(call), options, pool);
  call.output("color", out.color);
  call.output("depth", out.depth);
  call.output("features", out.features);
  call.output("transmittance", out.transmittance);
  call.output("radii", out.radii);
}

}  // namespace

void register_splat_parity(Registries& registries) {
  registries.parity.add(
      "field.splat.project",
      {.summary = "3-D Gaussians to 2-D means, conics, radii and tile rectangles",
       .source = fmt::format("{}cuda_rasterizer/forward.cu preprocessCUDA", splat_repository),
       .inputs = {{"means", "[P,3]"}, {"quaternions", "[P,4]"}, {"log_scales", "[P,3]"}, {"world_to_view", "[4,4]"}},
       .options = {"width", "height", "fov_x", "fov_y", "scale_modifier"},
       .outputs = {{"mean2d", "[P,2]"},
                   {"conic", "[P,3]"},
                   {"depth", "[P]"},
                   {"radius", "[P]", "i32"},
                   {"tile_rect", "[P,4]", "i32"}},
       .run = run_splat_project});
  registries.parity.add(
      "field.splat.render",
      {.summary = "colour, depth, features and transmittance of splats, with all gradients",
       .source = fmt::format("{}cuda_rasterizer/forward.cu and backward.cu", splat_repository),
       .inputs = {{"means", "[P,3]"},
                  {"quaternions", "[P,4]"},
                  {"log_scales", "[P,3]"},
                  {"opacity_logits", "[P]"},
                  {"sh", "[P,K,3]"},
                  {"features", "[P,N]"},
                  {"screenspace_points", "[P,2]"},
                  {"world_to_view", "[4,4]"},
                  {"background", "[3]"}},
       .options = {"width", "height", "fov_x", "fov_y", "sh_degree", "scale_modifier", "feature_gradient_to_geometry"},
       .outputs = {{"color", "[3,H,W]"},
                   {"depth", "[1,H,W]"},
                   {"features", "[N,H,W]"},
                   {"transmittance", "[1,H,W]"},
                   {"radii", "[P]", "i32"}},
       .run = run_splat_render});
  registries.parity.add("field.splat.eval_sh", {.summary = "spherical-harmonics polynomial, without offset and clamp",
                                                .source = fmt::format("{}utils/sh_utils.py eval_sh", splat_repository),
                                                .inputs = {{"sh", "[N,3,K]"}, {"directions", "[N,3]"}},
                                                .options = {"degree"},
                                                .outputs = {{"value", "[N,3]"}},
                                                .run = [](run::ParityCall& call) {
                                                  call.output("value",
                                                              splat::eval_sh(call.input("sh"), call.input("directions"),
                                                                             static_cast<int>(call.integer("degree"))));
                                                }});
  registries.parity.add(
      "field.splat.spherical_harmonics",
      {.summary = "view-dependent colour: max(SH + 0.5, 0)",
       .source = fmt::format("{}cuda_rasterizer/forward.cu computeColorFromSH", splat_repository),
       .inputs = {{"means", "[P,3]"}, {"camera_center", "[3]"}, {"sh", "[P,K,3]"}},
       .options = {"degree"},
       .outputs = {{"value", "[P,3]"}},
       .run = [](run::ParityCall& call) {
         call.output("value", splat::spherical_harmonics(call.input("means"), call.input("camera_center"),
                                                         call.input("sh"), static_cast<int>(call.integer("degree"))));
       }});
}

}  // namespace retort
