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

namespace retort::field {

using Pixel = std::array<double, 2>;  ///< x, y; the centre of the top left pixel is (0.5, 0.5)

/// Regions of a width x height picture as [H,W] bool; what lies outside the picture is cut off.
at::Tensor disc_region(int width, int height, const Pixel& centre, double radius);
at::Tensor box_region(int width, int height, const Pixel& corner, const Pixel& opposite);
/// Inside of a closed outline, by the even-odd rule. UserError for fewer than 3 corners.
at::Tensor lasso_region(int width, int height, const std::vector<Pixel>& outline);
/// Everything within `radius` of a line through the points. UserError without points.
at::Tensor scribble_region(int width, int height, const std::vector<Pixel>& line, double radius);

struct Votes {
  at::Tensor inside;  ///< [P] float32: sum over the region's pixels of the splat's blending weight
  at::Tensor whole;   ///< [P] the same over all pixels of the view
};

struct GrowOptions {
  double similarity = 0.8;  ///< least cosine to the seeds' mean feature; by colour where the field has no features
  double reach = 0;  ///< longest step, world units; 0: three times the seeds' median distance to their neighbours
  int64_t most = 0;  ///< splats; 0: no limit
};

/// What was pointed at, in one view. Negative clicks take away what would have been selected by them.
struct Pointing {
  Camera camera;
  std::vector<Pixel> clicks, negative_clicks;
  double click_radius = 2;           ///< pixels
  std::optional<at::Tensor> region;  ///< [H,W] bool: of a box, lasso or scribble
  bool grow = true;                  ///< clicks and scribbles grow; a box or lasso keeps to what it holds
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

  Votes votes(const Camera& camera, const at::Tensor& region);
  /// [P] bool from one view or several; several views vote together (a box in two views is their common content).
  at::Tensor select(const std::vector<Pointing>& views, const GrowOptions& options = {});
  const SplatNeighbours& neighbours();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace retort::field
