#include <ATen/ATen.h>
#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>

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
  std::string field, view, scene, vocabulary, query, combine = "replace", from, output;
  std::vector<std::string> clicks, negative_clicks, boxes, lasso, scribble, against;
  double threshold = -1, similarity = 0, radius = 2;
  int grow = 0, shrink = 0;
  bool invert = false, fringe = false;
};

std::vector<double> numbers_of(const std::string& option, const std::string& text, size_t count) {
  const auto parts = split(text, ',');
  std::vector<double> numbers(parts.size());
  bool right = parts.size() == count;
  for (size_t part = 0; part < parts.size(); ++part) right = right && parse_number(parts[part], numbers[part]);
  if (!right) user_error("{}: '{}' is not {}", option, text, count == 2 ? "a pixel x,y" : "a box x0,y0,x1,y1");
  return numbers;
}

std::vector<field::Pixel> pixels_of(const std::string& option, const std::vector<std::string>& texts) {
  std::vector<field::Pixel> pixels;
  for (const auto& text : texts) {
    const auto numbers = numbers_of(option, text, 2);
    pixels.push_back({numbers[0], numbers[1]});
  }
  return pixels;
}

bool points(const SelectVerbOptions& options) {
  return !options.clicks.empty() || !options.boxes.empty() || !options.lasso.empty() || !options.scribble.empty();
}

/// Everything that is pointed at in one view.
std::vector<field::Pointing> pointings_of(const SelectVerbOptions& options, const field::Camera& camera) {
  std::vector<field::Pointing> all;
  const auto add = [&](std::optional<at::Tensor> region, bool grow) {
    all.push_back({.camera = camera,
                   .clicks = {},
                   .negative_clicks = {},
                   .click_radius = options.radius,
                   .region = std::move(region),
                   .grow = grow});
  };
  if (!options.clicks.empty() || !options.negative_clicks.empty()) {
    add(std::nullopt, true);
    all.back().clicks = pixels_of("--click", options.clicks);
    all.back().negative_clicks = pixels_of("--not", options.negative_clicks);
  }
  for (const auto& text : options.boxes) {
    const auto box = numbers_of("--box", text, 4);
    add(field::box_region(camera.width, camera.height, {box[0], box[1]}, {box[2], box[3]}), false);
  }
  if (!options.lasso.empty()) {
    add(field::lasso_region(camera.width, camera.height, pixels_of("--lasso", options.lasso)), false);
  }
  if (!options.scribble.empty()) {
    add(field::scribble_region(camera.width, camera.height, pixels_of("--scribble", options.scribble), options.radius),
        true);
  }
  return all;
}

at::Tensor asked_for(const SelectVerbOptions& options, const OpenField& open, ThreadPool& pool) {
  const auto query =
      field::make_query(open.field, open_vocabulary(open, options.vocabulary), options.query, options.against);
  const auto cosines = field::splat_cosines(open.field, query.directions, pool);
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
  const auto say = [&](const char* what, const std::vector<std::string>& values) {
    if (!values.empty()) parts.push_back(fmt::format("{} {}", what, join(values, " ")));
  };
  if (!options.query.empty()) parts.push_back("query " + options.query);
  say("click", options.clicks);
  say("not", options.negative_clicks);
  say("box", options.boxes);
  say("lasso", options.lasso);
  say("scribble", options.scribble);
  if (points(options)) parts.push_back("in view " + options.view);
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

/// What the options make, before it meets another selection; null when they only change that one.
std::optional<at::Tensor> newly_selected(const SelectVerbOptions& options, const OpenField& open,
                                         field::Pointer& pointer, const std::optional<field::Camera>& camera,
                                         ThreadPool& pool) {
  std::optional<at::Tensor> made;
  if (!options.query.empty()) made = asked_for(options, open, pool);
  if (!points(options)) return made;
  pointer.prepare();
  const auto start = std::chrono::steady_clock::now();
  const auto mask = pointer.select(pointings_of(options, *camera), {.similarity = options.similarity});
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  fmt::print("pointing took {:.1f} ms\n", 1e3 * seconds);
  return made ? *made & mask : mask;
}

int select_splats(const SelectVerbOptions& options, Invocation& invocation) {
  auto& pool = invocation.context.pool;
  if (options.query.empty() && !points(options) && options.from.empty()) {
    user_error("nothing is selected by nothing: give --click, --box, --lasso, --scribble, --query or --from FILE");
  }
  if (points(options) && options.view.empty()) user_error("--view: which view are the pixels of?");
  if (!options.negative_clicks.empty() && !points(options)) user_error("--not: takes away from a --click or a --box");
  const auto open = open_field(options.field);
  std::optional<field::Camera> camera;
  if (!options.view.empty()) {
    const auto scene = open_scene(open, options.scene);
    const auto views = chosen_views(scene, options.view);
    if (views.size() != 1) user_error("--view: '{}' is {} views; name one", options.view, views.size());
    camera = scene.views[views.front()].camera;
  }

  field::Pointer pointer(open.field, pool, chosen_isa());
  const auto made = newly_selected(options, open, pointer, camera, pool);
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
  if (camera) {
    auto picture = file;
    picture.replace_extension(".png");
    io::write_png(picture, tinted_view(open.field, *camera, mask, pool));
    fmt::print("{}\n", picture.string());
  }
  return exit_done;
}

void add_pointing_options(CLI::App& parser, SelectVerbOptions& options) {
  parser.add_option("--view", options.view, "the view that pixels are meant in, and that is drawn");
  parser.add_option("--click", options.clicks, "a pixel x,y of what is wanted; may be given again");
  parser.add_option("--not", options.negative_clicks, "a pixel x,y of what is not wanted");
  parser.add_option("--box", options.boxes, "x0,y0,x1,y1: the thing that the box is drawn about");
  parser.add_option("--lasso", options.lasso, "corners x,y of an outline about the thing, at least 3");
  parser.add_option("--scribble", options.scribble, "points x,y of a line over the thing");
  parser.add_option("--radius", options.radius, "of clicks and scribbles, in pixels")->check(CLI::Range(0.0, 1000.0));
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
      .summary = "a set of splats by clicks, boxes, lassos, scribbles or a word; grown, shrunk, combined",
      .examples = {{"field select runs/fox --view 0004 --click 120,80", "the thing that is seen there, all round"},
                   {"field select runs/fox --view 0004 --click 120,80 --not 10,10", "without what is there"},
                   {"field select runs/fox --view 0004 --box 80,40,170,150 --output cut.safetensors",
                    "the thing that a box is drawn about"},
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
