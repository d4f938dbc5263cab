#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/failures.h"
#include "cli/field_verbs.h"
#include "cli/open_field.h"
#include "core/isa.h"
#include "distil/field/gaussians/evaluate.h"
#include "distil/field/methods/feature_3dgs_job.h"
#include "distil/field/methods/open_teacher_maps.h"

namespace retort::cli {

namespace {
struct EvalVerbOptions {
  std::string field, scene, views = "test", lpips, lpips_trunk, lpips_heads, lpips_scaling;
  bool json = false, colour_fit = false;
};

/// The maps the field was trained on, or nothing for a field of colours only.
std::unique_ptr<field::TeacherMaps> open_maps(const OpenField& open, const field::Scene& scene) {
  if (open.field.feature_dim() == 0) return nullptr;
  auto teacher = open.options.value_or(field::Feature3dgsOptions{}).teacher;
  teacher.reduce_to = 0;  // judged in the teacher's own channels
  return field::open_teacher_maps(scene, teacher);
}

/// Position of a word among the choices of an option, which the parser has checked.
template <class Choice>
Choice chosen(const std::string& word) {
  const auto words = choices(Choice{});
  return static_cast<Choice>(std::find(words.begin(), words.end(), word) - words.begin());
}

/// What the run's recipe says about LPIPS, and what the command line says otherwise.
field::EvaluateOptions lpips_options(const EvalVerbOptions& words, const field::EvaluateOptions& of_run) {
  auto options = of_run;
  if (!words.lpips.empty()) options.lpips = chosen<field::LpipsChoice>(words.lpips);
  if (!words.lpips_trunk.empty()) options.lpips_trunk = words.lpips_trunk;
  if (!words.lpips_heads.empty()) options.lpips_heads = words.lpips_heads;
  if (!words.lpips_scaling.empty()) options.lpips_scaling = chosen<metrics::LpipsScaling>(words.lpips_scaling);
  // Files without a trunk's name are VGG's, the most usual.
  const bool named = !words.lpips_trunk.empty() || !words.lpips_heads.empty();
  if (named && words.lpips.empty() && options.lpips == field::LpipsChoice::none)
    options.lpips = field::LpipsChoice::vgg;
  return options;
}

int evaluate(const EvalVerbOptions& options, Invocation& invocation) {
  const auto open = open_field(options.field);
  const auto scene = open_scene(open, options.scene);
  const auto run_options = open.options.value_or(field::Feature3dgsOptions{});
  const auto views = chosen_views(scene, options.views);
  const auto lpips = field::open_lpips(lpips_options(options, run_options.evaluate), scene, views);
  const auto images = field::make_image_cache(scene, run_options.data);
  const auto maps = open_maps(open, scene);
  const auto evaluation =
      field::evaluate_field({.field = open.field,
                             .scene = scene,
                             .images = *images,
                             .maps = maps.get(),
                             .lpips = lpips ? &*lpips : nullptr,
                             .fit_colours = options.colour_fit,
                             .isa = chosen_isa()},
                            views, field::map_filter(run_options.teacher.resize), invocation.context);
  if (options.json)
    fmt::print("{}\n", field::to_json(evaluation).dump(2));
  else
    fmt::print("{}", field::to_text(evaluation));
  return exit_done;
}
}  // namespace

Verb make_field_eval_verb() {
  return {
      .name = "eval",
      .heading = "",
      .summary = "PSNR, SSIM, and how faithfully a field holds its teacher's features",
      .examples = {{"field eval runs/fox", "held-out views, and the same figures for two guesses without geometry"},
                   {"field eval runs/fox --lpips vgg", "LPIPS too; `retort weights get vgg16 lpips-vgg` comes first"},
                   {"field eval runs/fox --views train --json", "the training views, for a program to read"}},
      .add_options = [](CLI::App& parser) -> Action {
        auto options = std::make_shared<EvalVerbOptions>();
        parser.add_option("FIELD", options->field, "a run folder, a field.safetensors or a file of splats")->required();
        parser.add_option("--views", options->views, "test, train, all or a view's name");
        parser.add_option("--scene", options->scene, "scene with photos and maps (default: the run's)");
        parser.add_option("--lpips", options->lpips, "trunk of LPIPS: alex, vgg, squeeze or none (default: the run's)")
            ->check(CLI::IsMember(choices(field::LpipsChoice{})));
        parser.add_option("--lpips-trunk", options->lpips_trunk,
                          "its weights, as torchvision ships them (default: those that `retort weights get` fetched)");
        parser.add_option("--lpips-heads", options->lpips_heads,
                          "LPIPS's own weights for it, v0.1 (default: likewise)");
        parser
            .add_option("--lpips-scaling", options->lpips_scaling,
                        "to_minus_one_one (right), or as_given: for figures of papers that left [0, 1] as it is")
            ->check(CLI::IsMember(choices(metrics::LpipsScaling{})));
        parser.add_flag("--colour-fit", options->colour_fit,
                        "also score each view after the affine map of colours that fits its photo best");
        parser.add_flag("--json", options->json, "print JSON");
        return [options](Invocation& invocation) { return evaluate(*options, invocation); };
      },
      .verbs = {}};
}

}  // namespace retort::cli
