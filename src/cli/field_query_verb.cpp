#include <ATen/ATen.h>
#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>
#include <optional>

#include "cli/failures.h"
#include "cli/field_verbs.h"
#include "cli/open_field.h"
#include "core/isa.h"
#include "core/text.h"
#include "distil/field/gaussians/export.h"
#include "distil/field/gaussians/field_renderer.h"
#include "distil/field/gaussians/pictures.h"
#include "distil/field/gaussians/subset.h"
#include "distil/field/language/query.h"
#include "distil/field/language/relevancy.h"
#include "distil/field/language/selection_rule.h"
#include "io/tensor/tensor_io.h"
#include "metrics/unit_vectors.h"

namespace retort::cli {

namespace {
struct QueryVerbOptions {
  std::string field, asked, scene, views = "test", vocabulary, output, relevancy = "cosine";
  std::vector<std::string> against;
  double threshold = -1;  ///< below 0: the most similar word wins
};

/// [P] bool: which splats the query selects by their cosines [P,K] (Feature 3DGS, section on language-guided editing).
at::Tensor selected_splats(const at::Tensor& cosines, double threshold) {
  field::SelectionRule rule{.positive_ids = {0}, .score_threshold = std::nullopt};
  if (threshold >= 0) rule.score_threshold = threshold;
  return field::selection_of_cosines(cosines, rule);
}

void write_relevancy(const QueryVerbOptions& options, const OpenField& open, const field::Query& query,
                     const std::filesystem::path& folder, Invocation& invocation) {
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
               : field::cosine_to(renderer.feature_map(), query.directions[0]);
    const auto path = folder / (scene.views[view].stem() + ".png");
    std::filesystem::create_directories(path.parent_path());
    io::write_png(path, field::relevancy_picture(field::stretched_relevancy(relevancy), colour));
    fmt::print("{}: {} {:.3f} to {:.3f}\n", path.string(), options.relevancy, relevancy.min().item<double>(),
               relevancy.max().item<double>());
  }
}

int query_field(const QueryVerbOptions& options, Invocation& invocation) {
  const auto open = open_field(options.field);
  const auto query =
      field::make_query(open.field, open_vocabulary(open, options.vocabulary), options.asked, options.against);
  const auto name = std::filesystem::path(options.asked).stem().string();
  const auto folder = options.output.empty() ? open.folder / "queries" / name : std::filesystem::path(options.output);
  write_relevancy(options, open, query, folder, invocation);

  const auto cosines = field::splat_cosines(open.field, query.directions);
  const auto mask = selected_splats(cosines, options.threshold);
  const auto count = mask.sum().item<int64_t>();
  io::save_safetensors(folder / "selection.safetensors",
                       {{"selected", mask}, {"cosine", cosines.select(1, 0).contiguous()}},
                       {{"query", options.asked}, {"against", join(query.names, ",")}});
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
                   {"field query runs/fox direction.npy", "a vector of one's own in the teacher's space"}},
      .add_options = [](CLI::App& parser) -> Action {
        auto options = std::make_shared<QueryVerbOptions>();
        parser.add_option("FIELD", options->field, "a run folder, a field.safetensors or a file of splats")->required();
        parser.add_option("QUERY", options->asked, "a word of the vocabulary, or a file with one vector")->required();
        parser
            .add_option("--against", options->against,
                        "words to hold it against, or none (default: all of the vocabulary)")
            ->delimiter(',');
        parser.add_option("--threshold", options->threshold,
                          "select by softmax share, or by cosine without other words (default: the nearest word)");
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
