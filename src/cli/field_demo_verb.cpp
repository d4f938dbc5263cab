#include <fmt/core.h>
#include <spdlog/logger.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>

#include "cli/failures.h"
#include "cli/field_verbs.h"
#include "cli/open_field.h"
#include "cli/recipe_search.h"
#include "cli/run_recipe.h"
#include "core/isa.h"
#include "distil/field/gaussians/field_renderer.h"
#include "distil/field/gaussians/pictures.h"
#include "distil/field/language/query.h"
#include "distil/field/language/relevancy.h"
#include "distil/field/methods/synthetic_score.h"

namespace retort::cli {

namespace {
constexpr int scene_width = 192, scene_height = 144;
constexpr int picture_scale = 3;  // the field is asked for pictures larger than any it was trained on

struct DemoOptions {
  std::string output = "demo-run";
  int64_t seed = 0;
  std::vector<std::string> assignments;
};

/// RGB, depth, features and the relevancy of one class from one held-out viewpoint, as PNGs.
void write_demo_pictures(const OpenField& open, const field::SyntheticScene& scene, const std::string& word,
                         const std::filesystem::path& folder, Invocation& invocation) {
  std::filesystem::create_directories(folder);
  const auto& camera = scene.scene.views[scene.scene.test.front()].camera;
  field::FieldRenderer renderer(open.field, invocation.context.pool, chosen_isa());
  renderer.look(field::resized(camera, camera.width * picture_scale, camera.height * picture_scale));
  const auto view = renderer.view();
  const auto map = renderer.feature_map();
  const auto query = field::make_query(open.field, open_vocabulary(open, ""), word, {});
  const auto relevancy = field::stretched_relevancy(field::cosine_to(map, query.directions[0]));
  io::write_png(folder / "rgb.png", field::colour_picture(view.colour));
  io::write_png(folder / "depth.png", field::depth_picture(view.depth, view.transmittance));
  io::write_png(folder / "features.png", field::feature_picture(map, field::fit_feature_colours({map})));
  io::write_png(folder / fmt::format("relevancy_{}.png", word), field::relevancy_picture(relevancy, view.colour));
}

int demo(const DemoOptions& options, Invocation& invocation) {
  const std::filesystem::path output = options.output;
  const auto scene = field::make_synthetic_scene(
      {.seed = options.seed, .width = scene_width, .height = scene_height, .noise = {}}, invocation.context.pool);
  field::write_synthetic_scene(output / "scene", scene);
  invocation.context.log.info("synthetic scene: {} views of {}x{}, {} classes, {}-channel teacher maps in {}",
                              scene.images.size(), scene_width, scene_height, scene.classes(), scene.feature_dim,
                              (output / "scene").string());

  auto recipe = Recipe::load(find_recipe("field/demo", shipped_recipes_folder()));
  recipe.override_with("scene.path=" +
                       yaml_text(std::filesystem::absolute(output / "scene").lexically_normal().string()));
  recipe.override_with(fmt::format("train.seed={}", options.seed));
  for (const auto& assignment : options.assignments) recipe.override_with(assignment);
  const auto run = run_recipe(recipe, {.output = (output / "run").string(), .name = "", .overwrite = true}, invocation);
  if (run.outcome.kind == run::RunOutcome::Kind::stopped) return run.exit_code;

  const auto open = open_field(run.folder.string());
  const auto word = scene.class_names.back();
  write_demo_pictures(open, scene, word, output / "pictures", invocation);
  const auto score =
      field::score_labels(open.field, scene, splat::MapFilter::bilinear_align_corners, invocation.context.pool);
  fmt::print("label accuracy on held-out views (higher is better): field {:.1f} %, its noisy teacher {:.1f} %\n",
             100 * score.field, 100 * score.teacher);
  fmt::print("pictures: {}/pictures/{{rgb,depth,features,relevancy_{}}}.png\n", output.string(), word);
  fmt::print("report:   {}\n", (run.folder / "report.html").string());
  return exit_done;
}
}  // namespace

Verb make_field_demo_verb() {
  return {.name = "demo",
          .heading = "",
          .summary = "the whole way on the embedded synthetic scene: no data needed",
          .examples = {{"field demo", "trains for about two minutes, then writes pictures, a PLY and a report"},
                       {"field demo --output try train.steps=500", "shorter, elsewhere"}},
          .add_options = [](CLI::App& parser) -> Action {
            auto options = std::make_shared<DemoOptions>();
            parser.add_option("KEY=VALUE", options->assignments, "options of the recipe field/demo to set");
            parser.add_option("--output", options->output,
                              "folder for scene, run and pictures; an earlier run is replaced");
            parser.add_option("--seed", options->seed, "of scene and training")->check(CLI::NonNegativeNumber);
            return [options](Invocation& invocation) { return demo(*options, invocation); };
          },
          .verbs = {}};
}

}  // namespace retort::cli
