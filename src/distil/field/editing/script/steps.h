// Edit scripts as values: what is selected, what is done to it, in order.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "distil/field/camera/camera.h"
#include "distil/field/editing/script/edits.h"

namespace retort::field {

/// What a query's number is (language/relevancy.h): the share of the softmax of all cosines (Feature 3DGS), the cosine
/// itself, or LERF's relevancy.
enum class QueryForm { softmax, cosine, relevancy };
/// Which numbers select. hard: the word asked for is the nearest of all; soft: the number reaches the threshold;
/// hybrid: either; automatic: soft with a threshold, else hard.
enum class QueryRule { automatic, hard, soft, hybrid };

std::vector<std::string> choices(QueryForm);
std::vector<std::string> choices(QueryRule);

/// A word of the vocabulary or the file of a vector, held against others.
struct QuerySelection {
  std::string asked;
  std::vector<std::string> against;  ///< empty: all other words; "none": nothing
  QueryForm form = QueryForm::softmax;
  QueryRule rule = QueryRule::automatic;
  std::optional<double> threshold = {};
  double temperature = 1;  ///< factor on the cosines in softmax and relevancy: 1 in Feature 3DGS, 10 in LERF
};

enum class PointedShape { clicks, box, lasso, scribble };

/// Something pointed at in one view; pixels as in Camera.
struct PointingSelection {
  PointedShape shape = PointedShape::clicks;
  std::vector<std::array<double, 2>> points;  ///< clicks; two opposite corners; outline; line
  std::vector<std::array<double, 2>> not_at;  ///< clicks that take away
  double radius = 2;                          ///< pixels, of clicks and scribbles
  std::string view;                           ///< a view of the scene by its name; empty: `camera`
  Camera camera;
  double similarity = 0.8;  ///< least cosine at which clicks and scribbles grow
  double reach = 0;         ///< longest step of growing, world units; 0: from the splats' distances
};

/// A set that was saved, as numbers of splats.
struct FileSelection {
  std::string file;
};

struct SelectStep {
  std::variant<QuerySelection, PointingSelection, FileSelection> what;
  std::string combine = "replace";  ///< replace, add, subtract, intersect
};

/// Rings of neighbours more or less.
struct GrowStep {
  int rings = 1;
  double reach = 0;  ///< longest step, world units; 0: three times the selected splats' median distance
};
struct ShrinkStep {
  int rings = 1;
  double reach = 0;
};
/// What would be left of the selection at its border once it is deleted joins it (Pointer::with_fringe()).
struct FringeStep {};
struct InvertStep {};
struct SelectAllStep {};
struct SelectNoneStep {};

using EditStep =
    std::variant<SelectStep, GrowStep, ShrinkStep, FringeStep, InvertStep, SelectAllStep, SelectNoneStep, Edit>;

struct PlacedStep {
  EditStep step;
  std::string place = {};  ///< "cut.yaml:3", for messages; empty: made in the program
};

struct EditScript {
  std::vector<PlacedStep> steps;
};

/// A few words for people: "select ball", "grow by 2 rings", "delete".
std::string describe(const EditStep& step);

}  // namespace retort::field
