#include "distil/field/editing/script/step_keys.h"

#include <algorithm>
#include <cmath>

#include "core/text.h"

namespace retort::field {

namespace {
constexpr const char* three_numbers = "takes three numbers: [a, b, c]";

void require_length(const std::vector<double>& values, size_t length, const char* key, const char* right,
                    Problems& problems) {
  problems.require(values.empty() || values.size() == length, key, right);
}

// Range faults of an edit; its keys have the right lengths.
void require_in_range(const Edit& edit, Problems& problems) {
  const auto found = problems_of(edit);
  for (const auto& entry : found.entries()) problems.require(false, entry.key, entry.message);
}
}  // namespace

void fields(OptionVisitor&, NoKeys&) {}

void fields(OptionVisitor& v, CameraKeys& o) {
  constexpr double most_pixels = 16384;
  v("width", o.width, "of the picture", {.unit = "pixels", .min = 0, .max = most_pixels});
  v("height", o.height, "of the picture", {.unit = "pixels", .min = 0, .max = most_pixels});
  v("fx", o.fx, "focal length", {.unit = "pixels", .min = 0, .max = 1e9});
  v("fy", o.fy, "focal length", {.unit = "pixels", .min = 0, .max = 1e9});
  v("cx", o.cx, "principal point", {.unit = "pixels", .min = -1e9, .max = 1e9});
  v("cy", o.cy, "principal point", {.unit = "pixels", .min = -1e9, .max = 1e9});
  v("world_to_camera", o.world_to_camera, "16 numbers, row by row; x right, y down, z forward",
    {.min = -1e9, .max = 1e9});
}

void CameraKeys::check(Problems& problems) const {
  if (width == 0 && height == 0 && world_to_camera.empty()) return;
  problems.require(width > 0 && height > 0, "width", "a camera has a width and a height");
  problems.require(fx > 0 && fy > 0, "fx", "a camera has focal lengths fx and fy above 0");
  problems.require(world_to_camera.size() == 16, "world_to_camera", "takes 16 numbers");
}

void fields(OptionVisitor& v, SelectKeys& o) {
  v("query", o.query, "a word of the vocabulary, or a file with one vector");
  v("against", o.against, "words it is held against; none: nothing; empty: all others");
  v("form", o.form, "of the number: share of the softmax, cosine, or LERF's relevancy");
  v("rule", o.rule, "nearest word (hard), threshold (soft), either (hybrid); auto: soft with a threshold, else hard");
  v("threshold", o.threshold, "least number that selects", {.min = -1, .max = 1});
  v("temperature", o.temperature, "factor on the cosines in softmax and relevancy", {.min = 1e-3, .max = 1e3});
  v("click", o.click, "pixels on the thing", {.unit = "pixels", .min = -1e6, .max = 1e6});
  v("not_click", o.not_click, "pixels that are not on it", {.unit = "pixels", .min = -1e6, .max = 1e6});
  v("box", o.box, "two opposite corners: x0, y0, x1, y1", {.unit = "pixels", .min = -1e6, .max = 1e6});
  v("lasso", o.lasso, "corners of an outline", {.unit = "pixels", .min = -1e6, .max = 1e6});
  v("scribble", o.scribble, "points of a line", {.unit = "pixels", .min = -1e6, .max = 1e6});
  v("view", o.view, "the view that is pointed at, by its name");
  v("camera", o.camera, "in place of a view: a camera of one's own");
  v("radius", o.radius, "of clicks and scribbles", {.unit = "pixels", .min = 0, .max = 1e4});
  v("similarity", o.similarity, "least cosine at which clicks and scribbles grow", {.min = -1, .max = 1});
  v("reach", o.reach, "longest step of growing; 0: from the splats' distances",
    {.unit = "world units", .min = 0, .max = 1e9});
  v("file", o.file, "a saved selection");
  v("combine", o.combine, "with what is selected: replace, add, subtract, intersect");
}

void SelectKeys::check(Problems& problems) const {
  const bool points = !click.empty() || !not_click.empty() || !box.empty() || !lasso.empty() || !scribble.empty();
  const int ways = int(!query.empty()) + int(!click.empty() || !not_click.empty()) + int(!box.empty()) +
                   int(!lasso.empty()) + int(!scribble.empty()) + int(!file.empty());
  problems.require(ways == 1, "query", "give one of query, click, box, lasso, scribble, file");
  problems.require(!query.empty() || (against.empty() && !threshold && rule == QueryRule::automatic), "threshold",
                   "threshold, rule and against belong to a query");
  problems.require(rule != QueryRule::hard || !threshold, "threshold", "has no place beside rule: hard");
  const bool needs_threshold =
      rule == QueryRule::soft || rule == QueryRule::hybrid || against == std::vector<std::string>{"none"};
  problems.require(!needs_threshold || threshold, "threshold",
                   "is missing: rule soft and hybrid, and against: [none], need one");
  problems.require(not_click.empty() || !click.empty(), "not_click", "takes away from a click: give click as well");
  problems.require(box.empty() || box.size() == 4, "box", "takes two corners: [x0, y0, x1, y1]");
  problems.require(lasso.empty() || lasso.size() >= 3, "lasso", "takes three corners or more");
  problems.require(
      points == (!view.empty() || camera.width > 0), "view",
      points ? "which view was pointed at? give view: NAME, or camera" : "belongs to click, box, lasso or scribble");
  problems.require(view.empty() || camera.width == 0, "camera", "has no place beside a view");
  const std::vector<std::string> ways_to_combine = {"replace", "add", "subtract", "intersect"};
  problems.require(std::find(ways_to_combine.begin(), ways_to_combine.end(), combine) != ways_to_combine.end(),
                   "combine",
                   fmt::format("'{}' is not one of {}{}", combine, join(ways_to_combine, ", "),
                               did_you_mean(combine, ways_to_combine)));
}

void fields(OptionVisitor& v, RingKeys& o) {
  v("rings", o.rings, "steps from neighbour to neighbour", {.min = 1, .max = 1000});
  v("reach", o.reach, "longest step; 0: three times the selected splats' median distance",
    {.unit = "world units", .min = 0, .max = 1e9});
}

void fields(OptionVisitor& v, RecolourKeys& o) {
  v("colour", o.colour, "red, green, blue that the selection gets on average, shading kept");
  v("matrix", o.matrix, "9 numbers, row by row: new colour = matrix * colour + offset");
  v("offset", o.offset, "3 numbers");
  v("swap", o.swap, "channels in another order: bgr");
  v("keep_higher", o.keep_higher, "change the constant colour alone, as Feature 3DGS does");
}

void RecolourKeys::check(Problems& problems) const {
  const int ways = int(!colour.empty()) + int(!matrix.empty() || !offset.empty()) + int(!swap.empty());
  problems.require(ways == 1, "colour", "give one of colour, matrix (with offset), swap");
  require_length(colour, 3, "colour", three_numbers, problems);
  require_length(matrix, 9, "matrix", "takes nine numbers, row by row", problems);
  require_length(offset, 3, "offset", three_numbers, problems);
  const bool is_order = swap.empty() || (swap.size() == 3 && swap.find_first_not_of("rgb") == std::string::npos);
  problems.require(is_order, "swap", "takes three of r, g and b: bgr");
  if (problems.empty()) require_in_range(edit_of(*this), problems);
}

void fields(OptionVisitor& v, OpacityKeys& o) { v("factor", o.factor, "opacities are multiplied by it"); }

void OpacityKeys::check(Problems& problems) const { require_in_range(OpacityEdit{factor}, problems); }

void fields(OptionVisitor& v, RotateKeys& o) {
  v("axis", o.axis, "turn about it, by the right hand: x, y, z");
  v("degrees", o.degrees, "how far", {.unit = "degrees", .min = -1e6, .max = 1e6});
  v("quaternion", o.quaternion, "in place of axis and degrees: w, x, y, z of length 1");
}

void RotateKeys::check(Problems& problems) const {
  problems.require(axis.empty() || quaternion.empty(), "quaternion", "has no place beside axis and degrees");
  require_length(axis, 3, "axis", three_numbers, problems);
  require_length(quaternion, 4, "quaternion", "takes four numbers: [w, x, y, z]", problems);
  problems.require(degrees == 0 || !axis.empty(), "axis", "about which axis? [0, 1, 0] is y");
  if (axis.size() == 3) {
    const double length = std::hypot(axis[0], axis[1], axis[2]);
    problems.require(length > 0 && std::isfinite(length), "axis", "has no length to turn about");
  }
}

void fields(OptionVisitor& v, TransformKeys& o) {
  v("move", o.move, "by x, y, z", {.unit = "world units"});
  v("rotate", o.rotate, "about the pivot");
  v("scale", o.scale, "about the pivot");
  v("pivot", o.pivot, "x, y, z that stays in place; empty: the middle of the selection", {.unit = "world units"});
}

void TransformKeys::check(Problems& problems) const {
  require_length(move, 3, "move", three_numbers, problems);
  require_length(pivot, 3, "pivot", three_numbers, problems);
  Problems rotation;
  rotate.check(rotation);
  // They are reported where they are.
  if (problems.empty() && rotation.empty()) require_in_range(edit_of(*this), problems);
}

}  // namespace retort::field
