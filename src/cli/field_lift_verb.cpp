#include <fmt/core.h>
#include <spdlog/logger.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <filesystem>
#include <memory>

#include "cli/failures.h"
#include "cli/field_verbs.h"
#include "cli/open_field.h"
#include "cli/unfinished_lift.h"
#include "core/errors.h"
#include "core/isa.h"
#include "distil/field/gaussians/evaluate.h"
#include "distil/field/methods/feature_3dgs_job.h"
#include "distil/field/methods/open_teacher_maps.h"
#include "io/sha256.h"

namespace retort::cli {

namespace {
constexpr int64_t steps_between_states = 500;

struct LiftVerbOptions {
  std::string field, scene, maps, output, lengths = "kept";
  int64_t refine = 0, reduce_to = 0, seed = 0;
};

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

std::unique_ptr<field::TeacherMaps> open_lifted_maps(const LiftVerbOptions& options, const field::Scene& scene,
                                                     field::TeacherOptions teacher) {
  if (!options.maps.empty()) teacher.files = options.maps;
  if (options.reduce_to > 0) teacher.reduce_to = options.reduce_to;
  auto maps = field::open_teacher_maps(scene, teacher);
  if (!maps) user_error("{}: no feature maps there; name their folder with --maps", scene.folder.string());
  return maps;
}

/// All that decides about the bytes of the result.
std::string lift_key(const LiftVerbOptions& options, const OpenField& open, const field::Feature3dgsOptions& run,
                     const field::Scene& scene, const field::TeacherMaps& maps) {
  return fmt::format(
      "field {} scene {} maps {} channels {} resize {} lengths {} refine {} rate {} optimiser {} seed {}",
      io::sha256_of_file(open.file), scene.folder.string(), maps.folder().string(), maps.channels(),
      int(run.teacher.resize), options.lengths, options.refine, run.train.learning_rates.feature,
      int(run.train.feature_optimiser), options.seed);
}

/// Lifts and refines from where the phase stands; false when it was interrupted, its state saved.
bool run_phase(field::FeaturePhase& phase, const UnfinishedLift& unfinished, Invocation& invocation) {
  unfinished.resume(phase, invocation.context.log);
  const auto start = std::chrono::steady_clock::now();
  double lift_seconds = 0;
  while (phase.steps_done() < phase.total_steps()) {
    if (invocation.context.stop.requested()) {
      unfinished.save(phase);
      return false;
    }
    phase.step();
    if (phase.steps_done() == phase.lift_steps()) lift_seconds = seconds_since(start);
    if (phase.steps_done() % steps_between_states == 0) unfinished.save(phase);
  }
  fmt::print("lifted {} views in {:.2f} s ({} of them by segments)\n", phase.lift_steps(), lift_seconds,
             phase.segmented_views());
  const auto refined = phase.total_steps() - phase.lift_steps();
  if (refined > 0) fmt::print("refined {} steps in {:.2f} s\n", refined, seconds_since(start) - lift_seconds);
  return true;
}

int lift(const LiftVerbOptions& options, Invocation& invocation) {
  auto open = open_field(options.field);
  auto run_options = open.options.value_or(field::Feature3dgsOptions{});
  const auto scene = open_scene(open, options.scene);
  const auto maps = open_lifted_maps(options, scene, run_options.teacher);
  run_options.field.lift_lengths = options.lengths == "unit" ? field::LiftLengths::unit : field::LiftLengths::kept;
  run_options.field.feature_gradient_to_geometry = false;
  field::FeaturePhase phase(open.field.splats, scene, *maps,
                            {.teacher = run_options.teacher,
                             .field = run_options.field,
                             .refine_steps = options.refine,
                             .learning_rate = run_options.train.learning_rates.feature,
                             .optimiser = run_options.train.feature_optimiser,
                             .gamma = 1,
                             .isa = chosen_isa()},
                            RandomTree(uint64_t(options.seed)).child("refine"), invocation.context.pool);
  const auto file = options.output.empty() ? open.folder / "lifted.safetensors" : std::filesystem::path(options.output);
  const UnfinishedLift unfinished(file, lift_key(options, open, run_options, scene, *maps));
  if (!run_phase(phase, unfinished, invocation)) {
    invocation.context.log.warn("stopped after step {} of {}; the same command goes on from {}", phase.steps_done(),
                                phase.total_steps(), unfinished.folder().string());
    return 128 + invocation.context.stop.signal();
  }
  open.field.splats = phase.parameters();
  open.field.decoder = std::nullopt;
  open.field.codes = std::nullopt;
  open.field.basis = maps->basis();
  open.field.notes["features"] = "lifted from " + maps->folder().filename().string();
  field::save_field(file, open.field);
  unfinished.remove();
  const auto images = field::make_image_cache(scene, run_options.data);
  const auto evaluation = field::evaluate_field(
      {.field = open.field, .scene = scene, .images = *images, .maps = maps.get(), .isa = chosen_isa()},
      scene.test.empty() ? scene.train : scene.test, field::map_filter(run_options.teacher.resize), invocation.context);
  fmt::print("{}{}\n", field::to_text(evaluation), file.string());
  return exit_done;
}
}  // namespace

Verb make_field_lift_verb() {
  return {
      .name = "lift",
      .heading = "",
      .summary = "puts (new) features onto a trained field, without training: weighted means over all views",
      .examples = {{"field lift runs/fox --maps teacher_mobilenet_v2", "other features on the same geometry"},
                   {"field lift runs/fox --reduce-to 64 --refine 500", "64 channels, then 500 steps on them alone"}},
      .add_options = [](CLI::App& parser) -> Action {
        auto options = std::make_shared<LiftVerbOptions>();
        parser.add_option("FIELD", options->field, "a run folder, a field.safetensors or a file of splats")->required();
        parser.add_option("--scene", options->scene, "scene with photos and maps (default: the run's)");
        parser.add_option("--maps", options->maps, "folder of maps, in the scene or absolute (default: the run's)");
        parser.add_option("--reduce-to", options->reduce_to, "channels to keep by PCA (default: as the run did)")
            ->check(CLI::Range(int64_t{0}, int64_t{2048}));
        parser.add_option("--refine", options->refine, "steps on the features alone afterwards")
            ->check(CLI::NonNegativeNumber);
        parser.add_option("--lengths", options->lengths, "vectors as they are (kept), or of length 1 (unit)")
            ->check(CLI::IsMember({"kept", "unit"}));
        parser.add_option("--seed", options->seed, "of the order of views when refining")
            ->check(CLI::NonNegativeNumber);
        parser.add_option("--output", options->output, "file (default: lifted.safetensors in the run folder)");
        return [options](Invocation& invocation) { return lift(*options, invocation); };
      },
      .verbs = {}};
}

}  // namespace retort::cli
