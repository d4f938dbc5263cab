#include "distil/field/editing/step_selection.h"

#include <ATen/ATen.h>

#include "core/choice_name.h"
#include "core/errors.h"
#include "core/text.h"
#include "distil/field/language/query.h"
#include "distil/field/language/relevancy.h"
#include "distil/field/language/selection_rule.h"
#include "distil/field/selection/selection.h"

namespace retort::field {

namespace {
constexpr double reach_in_distances = 3;

/// A file as the script names it, from the script's folder.
std::string placed(const std::string& file, const EditSurroundings& surroundings) {
  const std::filesystem::path path = file;
  return path.is_absolute() || surroundings.folder.empty() ? file : (surroundings.folder / path).string();
}

Query query_of(const QuerySelection& query, const GaussianField& field, const EditSurroundings& surroundings) {
  std::optional<Vocabulary> vocabulary;
  if (surroundings.vocabulary != nullptr) vocabulary = *surroundings.vocabulary;
  const bool is_word = vocabulary && vocabulary->has(query.asked);
  return make_query(field, vocabulary, is_word ? query.asked : placed(query.asked, surroundings), query.against);
}

const Camera& camera_of(const PointingSelection& pointing, const EditSurroundings& surroundings) {
  if (pointing.view.empty()) return pointing.camera;
  if (surroundings.scene == nullptr) {
    user_error("select: view '{}' of which scene? give --scene FOLDER", pointing.view);
  }
  std::vector<std::string> names;
  for (const auto& view : surroundings.scene->views) {
    if (view.name == pointing.view || view.stem() == pointing.view) return view.camera;
    names.push_back(view.stem());
  }
  user_error("select: the scene has no view '{}'{}", pointing.view, did_you_mean(pointing.view, names));
}

at::Tensor region_of(const PointingSelection& pointing, const Camera& camera) {
  const int width = camera.width, height = camera.height;
  switch (pointing.shape) {
    case PointedShape::box:
      return box_region(width, height, pointing.points.at(0), pointing.points.at(1));
    case PointedShape::lasso:
      return lasso_region(width, height, pointing.points);
    case PointedShape::scribble:
      return scribble_region(width, height, pointing.points, pointing.radius);
    case PointedShape::clicks:
      break;
  }
  fault("clicks have no region");
}

double reach_of(const at::Tensor& selected, double reach, const SplatNeighbours& neighbours) {
  if (reach > 0) return reach;
  const auto distances = neighbours.distances.index({selected}).flatten();
  return distances.numel() == 0 ? 0 : reach_in_distances * distances.median().item<double>();
}
}  // namespace

at::Tensor selection_of(const QuerySelection& query, const EditState& state, const EditSurroundings& surroundings) {
  const auto asked = query_of(query, state.field, surroundings);
  const bool is_alone = asked.directions.size(0) == 1;
  const bool wants_nearest = query.rule == QueryRule::hard || (query.rule == QueryRule::automatic && !query.threshold);
  if (wants_nearest && is_alone) {
    user_error("select: '{}' is held against nothing, so that no word is the nearest; give a threshold", query.asked);
  }
  const auto cosines = splat_cosines(state.field, asked.directions, *surroundings.pool, surroundings.isa);
  if (wants_nearest) return selection_of_cosines(cosines, {.positive_ids = {0}, .score_threshold = std::nullopt});
  if (query.form == QueryForm::softmax && query.temperature == 1) {
    const SelectionRule rule{.positive_ids = {0}, .score_threshold = query.threshold};
    return query.rule == QueryRule::hybrid ? deletion_of_cosines(cosines, rule) : selection_of_cosines(cosines, rule);
  }
  const auto numbers = relevancy_of_cosines(
      cosines, {.form = relevancy_form_named(choice_name(query.form)), .temperature = query.temperature});
  const auto reached = numbers.ge(query.threshold.value());
  if (query.rule != QueryRule::hybrid || is_alone) return reached;
  return reached | selection_of_cosines(cosines, {.positive_ids = {0}, .score_threshold = std::nullopt});
}

at::Tensor selection_of(const PointingSelection& pointing, Pointer& pointer, const EditSurroundings& surroundings) {
  Pointing pointed;
  pointed.camera = camera_of(pointing, surroundings);
  if (pointing.shape == PointedShape::clicks) {
    pointed.clicks = pointing.points;
    pointed.negative_clicks = pointing.not_at;
    pointed.click_radius = pointing.radius;
  } else {
    pointed.region = region_of(pointing, pointed.camera);
    pointed.grow = pointing.shape == PointedShape::scribble;
  }
  return pointer.select({pointed}, {.similarity = pointing.similarity, .reach = pointing.reach});
}

at::Tensor selection_of(const FileSelection& file, const EditState& state, const EditSurroundings& surroundings) {
  return load_selection(placed(file.file, surroundings), state.field.size()).mask;
}

at::Tensor grown_selection(const at::Tensor& selected, const GrowStep& step, Pointer& pointer) {
  const auto& neighbours = pointer.neighbours();
  return grown(selected, neighbours, step.rings, reach_of(selected, step.reach, neighbours));
}

at::Tensor shrunk_selection(const at::Tensor& selected, const ShrinkStep& step, Pointer& pointer) {
  const auto& neighbours = pointer.neighbours();
  return shrunk(selected, neighbours, step.rings, reach_of(selected, step.reach, neighbours));
}

}  // namespace retort::field
