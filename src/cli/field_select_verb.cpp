#include <ATen/ATen.h>
#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>

#include "cli/drawn_regions.h"
#include "cli/failures.h"
#include "cli/field_verbs.h"
#include "cli/open_field.h"
#include "core/errors.h"
#include "core/isa.h"
#include "core/text.h"
#include "distil/field/gaussians/field_renderer.h"
#include "distil/field/gaussians/pictures.h"
#include "distil/field/language/query.h"
#include "distil/field/language/relevancy_histogram.h"
#include "distil/field/language/selection_rule.h"
#include "distil/field/selection/pointing.h"
#include "distil/field/selection/selection.h"

namespace retort::cli {

namespace {
struct SelectVerbOptions {
  std::string field, scene, vocabulary, query, combine = "replace", from, output, vote;
  DrawnTexts drawn;
  std::vector<std::string> against;
  double threshold = -1, similarity = 0;
  field::VoteOptions voting;
  int grow = 0, shrink = 0;
  bool invert = false, fringe = false;
};

at::Tensor asked_for(const SelectVerbOptions& options, const OpenField& open, ThreadPool& pool) {
  const auto query =
      field::make_query(open.field, open_vocabulary(open, options.vocabulary), options.query, options.against);
  const auto cosines = field::splat_cosines(open.field, query.directions, pool, chosen_isa());
  field::SelectionRule rule{.positive_ids = {0}, .score_threshold = std::nullopt};
  if (options.threshold >= 0) {
    rule.score_threshold = options.threshold;
  } else if (query.directions.size(0) == 1) {
    rule.score_threshold = field::relevancy_histogram(cosines).proposed_threshold();
    fmt::print("threshold {:.3f} on the cosine, proposed from its histogram\n", *rule.score_threshold);
  }
  return field::selection_of_cosines(cosines, rule);
}

std::string described(const SelectVerbOptions& options) {
  std::vector<std::string> parts;
  if (!options.query.empty()) parts.push_back("query " + options.query);
  if (options.drawn.any()) parts.push_back(options.drawn.described());
  if (!options.vote.empty()) parts.push_back(fmt::format("vote {}, share {}", options.vote, options.voting.share));
  if (!options.from.empty()) parts.push_back(fmt::format("{} {}", options.combine, options.from));
  if (options.fringe) parts.emplace_back("fringe");
  if (options.grow > 0) parts.push_back(fmt::format("grow {}", options.grow));
  if (options.shrink > 0) parts.push_back(fmt::format("shrink {}", options.shrink));
  if (options.invert) parts.push_back("invert");
  return join(parts, "; ");
}

/// The view with what is selected tinted by how much of each pixel it makes up.
io::Image tinted_view(const field::GaussianField& field, const field::Camera& camera, const at::Tensor& mask,
                      ThreadPool& pool) {
  field::FieldRenderer renderer(field, pool, chosen_isa());
  renderer.look(camera);
  const auto colour = renderer.view().colour;
  const auto share = renderer.value_map(mask.to(at::kFloat).unsqueeze(1).contiguous(), camera.height, camera.width,
                                        splat::MapFilter::area);
  return field::relevancy_picture(share.squeeze(2).clamp(0, 1), colour);
}

/// What the views vote for.
at::Tensor voted_for(const SelectVerbOptions& options, const std::vector<DrawnView>& drawn, field::Pointer& pointer) {
  const auto voted = pointer.vote(ballots_of(drawn, options.drawn.radius), options.voting);
  const auto count = [](const at::Tensor& mask) { return mask.sum().item<int64_t>(); };
  const int64_t held = count(voted.selected), unseen = count(voted.unseen);
  fmt::print("{} {} voted: {} splats inside, {} outside, {} hardly seen\n", drawn.size(),
             drawn.size() == 1 ? "view" : "views", held, voted.unseen.numel() - held - unseen, unseen);
  if (options.vote == "exact") return voted.selected;
  const auto thing = pointer.thing_of(voted, {.similarity = options.similarity});
  if (options.vote == "thing") return thing;
  fmt::print("{} that are hardly seen join\n", count(thing & voted.unseen));
  return voted.selected | thing;
}

at::Tensor pointed_at(const SelectVerbOptions& options, const std::vector<DrawnView>& drawn, field::Pointer& pointer) {
  pointer.prepare();
  const auto start = std::chrono::steady_clock::now();
  auto mask = pointer.select(pointings_of(drawn, options.drawn.radius),
                             {.similarity = options.similarity, .share = options.voting.share});
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  fmt::print("pointing took {:.1f} ms\n", 1e3 * seconds);
  return mask;
}

/// What the options make, before it meets another selection; null when they only change that one.
std::optional<at::Tensor> newly_selected(const SelectVerbOptions& options, const OpenField& open,
                                         const std::vector<DrawnView>& drawn, field::Pointer& pointer,
                                         ThreadPool& pool) {
  std::optional<at::Tensor> made;
  if (!options.query.empty()) made = asked_for(options, open, pool);
  if (!options.drawn.any()) return made;
  const auto mask = options.vote.empty() ? pointed_at(options, drawn, pointer) : voted_for(options, drawn, pointer);
  return made ? *made & mask : mask;
}

void check_options(const SelectVerbOptions& options) {
  const bool draws = options.drawn.any();
  if (options.query.empty() && !draws && options.from.empty()) {
    user_error(
        "nothing is selected by nothing: give --click, --box, --lasso, --scribble, --mask, --query or --from "
        "FILE");
  }
  if (!options.drawn.negative_clicks.empty() && !draws) user_error("--not: takes away from a --click or a --box");
  if (!options.vote.empty() && !draws) {
    user_error("--vote: on what? give a --box, --lasso, --scribble, --mask or --click in each view that votes");
  }
  options.voting.check();
}

int select_splats(const SelectVerbOptions& options, Invocation& invocation) {
  auto& pool = invocation.context.pool;
  check_options(options);
  const auto open = open_field(options.field);
  std::vector<DrawnView> drawn;
  std::optional<field::Camera> pictured;
  if (options.drawn.any() || !options.drawn.view.empty()) {
    const auto scene = open_scene(open, options.scene);
    drawn = drawn_views(options.drawn, scene);
    const int view = options.drawn.view.empty() ? drawn.front().view : view_named(options.drawn.view, scene);
    pictured = scene.views[view].camera;
  }

  field::Pointer pointer(open.field, pool, chosen_isa());
  const auto made = newly_selected(options, open, drawn, pointer, pool);
  at::Tensor mask = made.value_or(at::Tensor());
  if (!options.from.empty()) {
    const auto standing = field::load_selection(options.from, open.field.size()).mask;
    mask = made ? field::combined(standing, mask, field::combine_named(options.combine)) : standing;
  }
  if (options.fringe) mask = pointer.with_fringe(mask);
  if (options.grow > 0) mask = field::grown(mask, pointer.neighbours(), options.grow);
  if (options.shrink > 0) mask = field::shrunk(mask, pointer.neighbours(), options.shrink);
  if (options.invert) mask = ~mask;

  const auto file =
      options.output.empty() ? open.folder / "selection.safetensors" : std::filesystem::path(options.output);
  if (file.has_parent_path()) std::filesystem::create_directories(file.parent_path());
  field::save_selection(file, {.mask = mask, .from = described(options)});
  fmt::print("{} of {} splats selected: {}\n", mask.sum().item<int64_t>(), open.field.size(), file.string());
  if (pictured) {
    auto picture = file;
    picture.replace_extension(".png");
    io::write_png(picture, tinted_view(open.field, *pictured, mask, pool));
    fmt::print("{}\n", picture.string());
  }
  return exit_done;
}

void add_pointing_options(CLI::App& parser, SelectVerbOptions& options) {
  auto& drawn = options.drawn;
  parser.add_option("--view", drawn.view, "the view that pixels without VIEW: are meant in, and that is drawn");
  parser.add_option("--click", drawn.clicks, "a pixel [VIEW:]x,y of what is wanted; may be given again");
  parser.add_option("--not", drawn.negative_clicks, "a pixel [VIEW:]x,y of what is not wanted");
  parser.add_option("--box", drawn.boxes, "[VIEW:]x0,y0,x1,y1: the thing that the box is drawn about");
  parser.add_option("--lasso", drawn.lasso, "corners [VIEW:]x,y of an outline about the thing, at least 3");
  parser.add_option("--scribble", drawn.scribble, "points [VIEW:]x,y of a line over the thing");
  parser.add_option("--mask", drawn.masks, "[VIEW:]FILE: a picture of the view's shape, bright where the thing is");
  parser.add_option("--radius", drawn.radius, "of clicks and scribbles, in pixels")->check(CLI::Range(0.0, 1000.0));
  parser
      .add_option("--vote", options.vote,
                  "views vote on each splat by what they show of it: exact (what is inside), joined (and hardly seen "
                  "splats that belong to it), thing (the dominant thing of that)")
      ->check(CLI::IsMember({"exact", "joined", "thing"}));
  parser.add_option("--share", options.voting.share,
                    "of a splat's weight that must fall inside: with --vote over all views, else in each");
  parser.add_option("--least-seen", options.voting.least_seen,
                    "with --vote: a splat counts as seen above this weight over all views, in pixels");
  parser
      .add_option("--similarity", options.similarity,
                  "least cosine to what was clicked; 0: from how alike things are there")
      ->check(CLI::Range(0.0, 1.0));
}
}  // namespace

Verb make_field_select_verb() {
  return {
      .name = "select",
      .heading = "",
      .summary = "a set of splats by clicks, boxes, lassos, scribbles, masks or a word; grown, shrunk, combined",
      .examples = {{"field select runs/fox --view 0004 --click 120,80", "the thing that is seen there, all round"},
                   {"field select runs/fox --view 0004 --click 120,80 --not 10,10", "without what is there"},
                   {"field select runs/fox --view 0004 --box 80,40,170,150 --output cut.safetensors",
                    "the thing that a box is drawn about"},
                   {"field select runs/fox --vote exact --mask 0004:dog4.png --mask 0009:dog9.png",
                    "what lies inside the masks, by most of what both views show of it"},
                   {"field select runs/fox --vote thing --box 0004:80,40,170,150 --box 0009:60,30,150,140",
                    "the thing that boxes in two views are drawn about"},
                   {"field select runs/fox --query dog --from cut.safetensors --combine intersect",
                    "of that selection what is nearest to 'dog'"},
                   {"field select runs/fox --from cut.safetensors --grow 1 --invert",
                    "everything a step away from it"}},
      .add_options = [](CLI::App& parser) -> Action {
        auto options = std::make_shared<SelectVerbOptions>();
        parser.add_option("FIELD", options->field, "a run folder, a field.safetensors or a file of splats")->required();
        add_pointing_options(parser, *options);
        parser.add_option("--query", options->query, "a word of the vocabulary, or a file with one vector");
        parser.add_option("--against", options->against, "words to hold it against, or none")->delimiter(',');
        parser.add_option("--threshold", options->threshold,
                          "of the softmax share, or of the cosine without other words (default: the nearest word)");
        parser.add_option("--vocabulary", options->vocabulary, "folder of <name>.npy (default: the teacher's)");
        parser.add_option("--from", options->from, "a selection to begin with");
        parser.add_option("--combine", options->combine, "how the new one meets it: replace, add, subtract, intersect")
            ->check(CLI::IsMember({"replace", "add", "subtract", "intersect"}));
        parser.add_flag("--fringe", options->fringe,
                        "with the faint and mixed splats at its border: what to take along when it is to be deleted");
        parser.add_option("--grow", options->grow, "steps over neighbours outwards")->check(CLI::Range(0, 1000));
        parser.add_option("--shrink", options->shrink, "steps inwards")->check(CLI::Range(0, 1000));
        parser.add_flag("--invert", options->invert, "all others instead");
        parser.add_option("--scene", options->scene, "scene with the cameras (default: the run's)");
        parser.add_option("--output", options->output, "file (default: selection.safetensors in the run folder)");
        return [options](Invocation& invocation) { return select_splats(*options, invocation); };
      },
      .verbs = {}};
}

}  // namespace retort::cli
