// Pointing at things in pictures of a field: clicks, boxes, lassos and scribbles become sets of splats.
//
// A region of pixels votes for splats through the renderer's lists of (splat, weight): what a splat contributes to the
// region against what it contributes to the whole view. Weights already know what hides what, so a region takes the
// surface that is seen and nothing behind it. From there the set grows over the graph of neighbours through splats
// whose features are alike.
#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <memory>
#include <optional>
#include <vector>

#include "core/isa.h"
#include "core/thread_pool.h"
#include "distil/field/camera/camera.h"
#include "distil/field/gaussians/gaussian_field.h"
#include "distil/field/selection/neighbours.h"
#include "distil/field/selection/voting.h"

namespace retort::field {

using Pixel = std::array<double, 2>;  ///< x, y; the centre of the top left pixel is (0.5, 0.5)

/// Regions of a width x height picture as [H,W] bool; what lies outside the picture is cut off.
at::Tensor disc_region(int width, int height, const Pixel& centre, double radius);
at::Tensor box_region(int width, int height, const Pixel& corner, const Pixel& opposite);
/// Inside of a closed outline, by the even-odd rule. UserError for fewer than 3 corners.
at::Tensor lasso_region(int width, int height, const std::vector<Pixel>& outline);
/// Everything within `radius` of a line through the points. UserError without points.
at::Tensor scribble_region(int width, int height, const std::vector<Pixel>& line, double radius);

constexpr double least_click_radius = 0.75;  ///< pixels: a click's disc has at least the pixel that is clicked

struct GrowOptions {
  /// Least likeness to the seeds, of a splat and its neighbours together: cosine of features to the seeds' mean, by
  /// colour where the field has no features. 0: half-way between the seeds' own and that of the rest (see
  /// proposed_likeness() in growing.h).
  double similarity = 0;
  double reach = 0;    ///< longest step, world units; 0: three times what lies between the splats there
  int64_t most = 0;    ///< splats; 0: no limit
  double share = 0.5;  ///< of a splat's weight in a view that must fall inside an outline
};

/// What was pointed at, in one view. Negative clicks take away what would have been selected by them.
struct Pointing {
  Camera camera;
  std::vector<Pixel> clicks, negative_clicks;
  double click_radius = 2;           ///< pixels
  std::optional<at::Tensor> region;  ///< [H,W] bool: of a box, lasso or scribble
  /// True: the region is a stroke (scribble), whose splats are seeds that grow. False: it is an outline (box, lasso):
  /// of what it holds the dominant thing is kept, with the sides of it that the view does not show, and nothing that
  /// is seen outside. Without features an outline keeps to the splats it holds.
  bool grow = true;
};

/// Answers pointing on one field; keeps the renderer's buffers, the graph and unit features between calls, so that a
/// click costs one projection and one walk.
class Pointer {
 public:
  /// Field and pool must outlive it. `alive` [P] bool, may be undefined: the others are neither seen nor selected.
  Pointer(const GaussianField& field, ThreadPool& pool, Isa isa = Isa::automatic, const at::Tensor& alive = {});
  ~Pointer();
  Pointer(Pointer&&) noexcept;
  Pointer& operator=(Pointer&&) noexcept;

  /// Builds the graph of neighbours now (about a second for 300,000 splats) and not at the first click.
  void prepare();

  /// region [H,W] bool of the camera's size.
  Votes votes(const Camera& camera, const at::Tensor& region);
  /// [P] bool from one view or several: what the clicks and strokes grow to, joined with what the outlines hold
  /// (outlines in several views: their common content), without what the negative clicks grow to. UserError for a
  /// pointing that names nothing.
  at::Tensor select(const std::vector<Pointing>& views, const GrowOptions& options = {});
  /// What most of the weight that the views show falls inside of, over all of them together; nothing grows, and a view
  /// whose region is empty says that nothing seen in it is meant. Larger views are voted on at 512 pixels. UserError
  /// without views, when all regions are empty, and for options out of their ranges.
  Voted vote(const std::vector<Ballot>& views, const VoteOptions& options = {});
  /// The dominant thing of what was voted, with those of its splats that the views do not show; nothing that they show
  /// outside. Without features what was voted. `share` of the options is not looked at.
  at::Tensor thing_of(const Voted& voted, const GrowOptions& options = {});
  /// The set and what would be left of it at its border once it is deleted: splats within two steps of it whose own
  /// feature is somewhat like the set's mean (0.25 or more), mostly faint and mixed ones.
  at::Tensor with_fringe(const at::Tensor& mask);
  const SplatNeighbours& neighbours();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace retort::field
