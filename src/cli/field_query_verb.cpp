#include <ATen/ATen.h>
#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <array>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "cli/failures.h"
#include "cli/field_verbs.h"
#include "cli/open_field.h"
#include "core/errors.h"
#include "core/isa.h"
#include "core/text.h"
#include "distil/field/gaussians/export.h"
#include "distil/field/gaussians/field_renderer.h"
#include "distil/field/gaussians/pictures.h"
#include "distil/field/gaussians/subset.h"
#include "distil/field/language/pixel_query.h"
#include "distil/field/language/query.h"
#include "distil/field/language/relevancy.h"
#include "distil/field/language/relevancy_histogram.h"
#include "distil/field/language/selection_rule.h"
#include "distil/field/selection/pointing.h"
#include "io/atomic_file.h"
#include "io/tensor/tensor_io.h"
#include "metrics/unit_vectors.h"

namespace retort::cli {

namespace {
struct QueryVerbOptions {
  std::string field, asked, scene, views = "test", vocabulary, output, relevancy = "cosine", form = "cosine";
  std::string example_view, example_box;
  std::vector<std::string> against;
  double threshold = -1;  ///< below 0: the most similar word wins
  double temperature = 1;
  bool labels = false;
};

/// [P] bool: which splats the query selects. By relevancy at a threshold, else by the rules of Feature 3DGS (section on
/// language-guided editing): the nearest word wins, or the softmax share reaches a threshold.
at::Tensor selected_splats(const at::Tensor& cosines, const field::Relevancy& form, double threshold, double proposed) {
  if (form.form == field::RelevancyForm::relevancy) {
    return field::relevancy_of_cosines(cosines, form).ge(threshold >= 0 ? threshold : proposed);
  }
  if (form.form == field::RelevancyForm::softmax && threshold >= 0) {
    return field::relevancy_of_cosines(cosines, form).ge(threshold);
  }
  field::SelectionRule rule{.positive_ids = {0}, .score_threshold = std::nullopt};
  if (threshold >= 0) rule.score_threshold = threshold;
  if (threshold < 0 && cosines.size(1) == 1) rule.score_threshold = proposed;
  return field::selection_of_cosines(cosines, rule);
}

void write_relevancy(const QueryVerbOptions& options, const OpenField& open, const field::Query& query,
                     const std::filesystem::path& folder, const field::Relevancy& form, Invocation& invocation) {
  const auto scene = open_scene(open, options.scene);
  field::FieldRenderer renderer(open.field, invocation.context.pool, chosen_isa());
  std::optional<field::SplatScores> scores;
  if (options.relevancy == "product") {
    scores = field::splat_scores(open.field, metrics::unit_vectors(query.directions[0]).unsqueeze(0));
  }
  for (const int view : chosen_views(scene, options.views)) {
    const auto& camera = scene.views[view].camera;
    renderer.look(camera);
    const auto colour = renderer.view().colour;
    const auto relevancy =
        scores ? renderer.value_map(scores->values, camera.height, camera.width, splat::MapFilter::area).squeeze(2) +
                     scores->offsets
               : field::relevancy_of_cosines(field::cosines_to(renderer.feature_map(), query.directions), form);
    const auto path = folder / (scene.views[view].stem() + ".png");
    std::filesystem::create_directories(path.parent_path());
    io::write_png(path, field::relevancy_picture(field::stretched_relevancy(relevancy), colour));
    fmt::print("{}: {} {:.3f} to {:.3f}\n", path.string(), scores ? "product" : options.form,
               relevancy.min().item<double>(), relevancy.max().item<double>());
  }
}

/// For each view the nearest word of every pixel: <stem>_labels.png in colours, and what they stand for as JSON.
void write_labels(const QueryVerbOptions& options, const OpenField& open, const std::filesystem::path& folder,
                  Invocation& invocation) {
  const auto vocabulary = open_vocabulary(open, options.vocabulary);
  if (!vocabulary) user_error("--labels: there is no vocabulary to name pixels by; give --vocabulary FOLDER");
  const auto set = field::make_label_set(open.field, *vocabulary);
  const auto scene = open_scene(open, options.scene);
  field::FieldRenderer renderer(open.field, invocation.context.pool, chosen_isa());
  for (const int view : chosen_views(scene, options.views)) {
    const auto labels = field::label_map(renderer, scene.views[view].camera, set.directions);
    const auto picture = folder / (scene.views[view].stem() + "_labels.png");
    auto legend = picture;
    legend.replace_extension(".json");
    std::filesystem::create_directories(picture.parent_path());
    io::write_png(picture, field::label_picture(labels));
    io::write_whole_file(legend, field::label_legend(labels, set.names).dump(2) + "\n");
    fmt::print("{}\n", picture.string());
  }
}

/// The word or vector that is asked for, or what the example's pixels show.
field::Query asked_query(const QueryVerbOptions& options, const OpenField& open, ThreadPool& pool) {
  const auto vocabulary = open_vocabulary(open, options.vocabulary);
  if (options.example_view.empty()) {
    return field::make_query(open.field, vocabulary, options.asked, options.against);
  }
  const auto parts = split(options.example_box, ',');
  std::array<double, 4> box = {};
  bool right = parts.size() == box.size();
  for (size_t side = 0; side < box.size() && right; ++side) right = parse_number(parts[side], box[side]);
  if (!right) user_error("--example: '{}' is not a box x0,y0,x1,y1 of pixels", options.example_box);
  const auto scene = open_scene(open, options.scene);
  const auto views = chosen_views(scene, options.example_view);
  if (views.size() != 1) user_error("--example-view: '{}' is {} views; name one", options.example_view, views.size());
  const auto& camera = scene.views[views.front()].camera;
  field::FieldRenderer renderer(open.field, pool, chosen_isa());
  renderer.look(camera);
  const auto region = field::box_region(camera.width, camera.height, {box[0], box[1]}, {box[2], box[3]});
  return field::make_query(field::pixel_direction(renderer.feature_map(), region), options.asked, open.field,
                           vocabulary, options.against);
}

int query_field(const QueryVerbOptions& options, Invocation& invocation) {
  auto& pool = invocation.context.pool;
  const auto open = open_field(options.field);
  const field::Relevancy form{.form = field::relevancy_form_named(options.form), .temperature = options.temperature};
  if (options.example_view.empty() != options.example_box.empty()) {
    user_error("--example and --example-view: example pixels need both, a box and the view it lies in");
  }
  const auto query = asked_query(options, open, pool);
  field::check_relevancy(form, query.directions.size(0));
  const auto name = std::filesystem::path(options.asked).stem().string();
  const auto folder = options.output.empty() ? open.folder / "queries" / name : std::filesystem::path(options.output);
  write_relevancy(options, open, query, folder, form, invocation);
  if (options.labels) write_labels(options, open, folder, invocation);

  const auto histogram =
      field::relevancy_histogram(field::splat_relevancy(open.field, query.directions, form, pool, chosen_isa()));
  const double proposed = histogram.proposed_threshold();
  fmt::print("{} of the splats; a threshold of {:.3f} would part them best (>)\n{}", options.form, proposed,
             histogram.chart(proposed));
  const auto cosines = field::splat_cosines(open.field, query.directions, pool, chosen_isa());
  const auto mask = selected_splats(cosines, form, options.threshold, proposed);
  const auto count = mask.sum().item<int64_t>();
  io::save_safetensors(folder / "selection.safetensors",
                       {{"selected", mask.to(at::kByte)}, {"cosine", cosines.select(1, 0).contiguous()}},
                       {{"query", options.asked},
                        {"against", join(query.names, ",")},
                        {"from", fmt::format("query {} ({})", options.asked, options.form)}});
  fmt::print("{} of {} splats selected: {}\n", count, open.field.size(), (folder / "selection.safetensors").string());
  if (count > 0) {
    field::export_ply(folder / "selection.ply", field::subset(open.field, mask));
    fmt::print("{}\n", (folder / "selection.ply").string());
  }
  return exit_done;
}
}  // namespace

Verb make_field_query_verb() {
  return {
      .name = "query",
      .heading = "",
      .summary = "where a word or a vector is relevant, and which splats it selects",
      .examples = {{"field query runs/fox dog", "relevancy pictures, and the splats nearest to 'dog' of all words"},
                   {"field query runs/fox dog --threshold 0.24", "splats whose share of 'dog' is at least 0.24"},
                   {"field query runs/fox dog --against none --threshold 0",
                    "splats on the dog's side: rather dog than background, for DeepLab's words"},
                   {"field query runs/fox direction.npy", "a vector of one's own in the teacher's space"},
                   {"field query runs/fox dog --form relevancy --negatives grass,sky --temperature 10",
                    "against the hardest of two words, as LERF does"},
                   {"field query runs/fox ear --example-view 0004 --example 90,40,110,60 --against none",
                    "whatever looks like those pixels"},
                   {"field query runs/fox dog --labels", "also every pixel's nearest word, as pictures"}},
      .add_options = [](CLI::App& parser) -> Action {
        auto options = std::make_shared<QueryVerbOptions>();
        parser.add_option("FIELD", options->field, "a run folder, a field.safetensors or a file of splats")->required();
        parser.add_option("QUERY", options->asked, "a word of the vocabulary, or a file with one vector")->required();
        parser.add_option("--form", options->form, "what is made of the cosines: cosine, softmax or relevancy")
            ->check(CLI::IsMember({"cosine", "softmax", "relevancy"}));
        parser.add_option("--temperature", options->temperature,
                          "multiplies cosines in softmax and relevancy (default 1; LERF: 10)");
        parser.add_flag("--labels", options->labels, "also name every pixel by its nearest word");
        parser.add_option("--example", options->example_box,
                          "x0,y0,x1,y1: ask for what these pixels show; QUERY is then only its name");
        parser.add_option("--example-view", options->example_view, "the view of the example's pixels");
        parser
            .add_option("--against,--negatives", options->against,
                        "words to hold it against, or none (default: all of the vocabulary)")
            ->delimiter(',');
        parser.add_option(
            "--threshold", options->threshold,
            "select by relevancy, by softmax share, or by cosine without other words (default: the nearest "
            "word; where there is none, the proposed one)");
        parser
            .add_option("--relevancy", options->relevancy,
                        "of pictures: cosine, or product (rendered from one number a splat: faster with many channels; "
                        "short features and thin places count less)")
            ->check(CLI::IsMember({"cosine", "product"}));
        parser.add_option("--vocabulary", options->vocabulary, "folder of <name>.npy (default: the teacher's)");
        parser.add_option("--views", options->views, "test, train, all or a view's name");
        parser.add_option("--scene", options->scene, "scene with the cameras (default: the run's)");
        parser.add_option("--output", options->output, "folder (default: queries/ in the run folder)");
        return [options](Invocation& invocation) { return query_field(*options, invocation); };
      },
      .verbs = {}};
}

}  // namespace retort::cli
