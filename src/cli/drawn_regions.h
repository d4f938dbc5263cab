// What is drawn in pictures on the command line: clicks, boxes, lassos, scribbles and masks, each in a view.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

#include "distil/field/scene/scene.h"
#include "distil/field/selection/pointing.h"

namespace retort::cli {

/// Words of the command line. A value may name its view: "0004:120,80", "0004:dog.png". Of a lasso or a scribble the
/// first point does, and a further point that names a view begins another one.
struct DrawnTexts {
  std::vector<std::string> clicks, negative_clicks, boxes, lasso, scribble, masks;
  std::string view;   ///< of values that name none; may be empty
  double radius = 2;  ///< of clicks and scribbles, pixels

  /// Whether anything is wanted; what is not wanted does not count.
  bool any() const;
  /// "click 120,80; box 0004:1,2,30,40; in view 0009"
  std::string described() const;
};

/// Everything drawn in one view.
struct DrawnView {
  int view = 0;  ///< index into the scene's
  field::Camera camera;
  std::vector<field::Pixel> clicks, negative_clicks;
  /// [H,W] bool; undefined without any.
  at::Tensor outline;  ///< boxes, lassos and masks together
  at::Tensor stroke;   ///< scribbles together
};

/// In order of their views. Masks are pictures of the view's shape, bright where something is meant; of another size
/// they are resized. UserError for what can't be read or names no view, and shapes that cover no pixel; a
/// mask may be all dark.
std::vector<DrawnView> drawn_views(const DrawnTexts& texts, const field::Scene& scene);

/// As Pointer::select() takes them.
std::vector<field::Pointing> pointings_of(const std::vector<DrawnView>& views, double radius);

/// As Pointer::vote() takes them: all that is drawn in a view is one region. UserError when a view has clicks on what
/// is not wanted: these grow and do not vote.
std::vector<field::Ballot> ballots_of(const std::vector<DrawnView>& views, double radius);

/// Index of the view of that name, with or without its ending. UserError with the nearest name.
int view_named(const std::string& name, const field::Scene& scene);

}  // namespace retort::cli
