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
  std::string field, scene, views = "test", lpips = "vgg", lpips_trunk, lpips_heads, lpips_scaling = "to_minus_one_one";
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

/// Trunk and heads, or nothing when neither is named.
std::optional<metrics::LpipsWeights> open_lpips(const EvalVerbOptions& options) {
  if (options.lpips_trunk.empty() && options.lpips_heads.empty()) return std::nullopt;
  if (options.lpips_trunk.empty() || options.lpips_heads.empty()) {
    user_error("LPIPS takes two files: --lpips-trunk (torchvision's {}) and --lpips-heads", options.lpips);
  }
  return metrics::load_lpips(options.lpips_trunk, options.lpips_heads);
}

int evaluate(const EvalVerbOptions& options, Invocation& invocation) {
  const auto open = open_field(options.field);
  const auto scene = open_scene(open, options.scene);
  const auto run_options = open.options.value_or(field::Feature3dgsOptions{});
  const auto images = field::make_image_cache(scene, run_options.data);
  const auto maps = open_maps(open, scene);
  const auto lpips_weights = open_lpips(options);
  const auto evaluation = field::evaluate_field(
      {.field = open.field,
       .scene = scene,
       .images = *images,
       .maps = maps.get(),
       .lpips_weights = lpips_weights ? &*lpips_weights : nullptr,
       .lpips = {.trunk = chosen<metrics::LpipsTrunk>(options.lpips),
                 .scaling = chosen<metrics::LpipsScaling>(options.lpips_scaling)},
       .fit_colours = options.colour_fit,
       .isa = chosen_isa()},
      chosen_views(scene, options.views), field::map_filter(run_options.teacher.resize), invocation.context);
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
                   {"field eval runs/fox --views train --json", "the training views, for a program to read"}},
      .add_options = [](CLI::App& parser) -> Action {
        auto options = std::make_shared<EvalVerbOptions>();
        parser.add_option("FIELD", options->field, "a run folder, a field.safetensors or a file of splats")->required();
        parser.add_option("--views", options->views, "test, train, all or a view's name");
        parser.add_option("--scene", options->scene, "scene with photos and maps (default: the run's)");
        parser.add_option("--lpips", options->lpips, "trunk of LPIPS: alex, vgg or squeeze")
            ->check(CLI::IsMember(choices(metrics::LpipsTrunk{})));
        parser.add_option("--lpips-trunk", options->lpips_trunk, "its weights, as torchvision ships them");
        parser.add_option("--lpips-heads", options->lpips_heads, "LPIPS's own weights for it (v0.1)");
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
