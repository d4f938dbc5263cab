#include "cli/drawn_regions.h"

#include <ATen/ATen.h>
#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "core/errors.h"
#include "core/text.h"
#include "io/area_resize.h"
#include "io/image.h"

namespace retort::cli {

namespace {

constexpr uint8_t bright = 128;      ///< grey from which a mask's pixel means something
constexpr double shape_slack = 1.5;  ///< pixels by which a resized mask may miss the view's shape

/// Values of one option that are one thing in one view.
struct DrawnThing {
  std::string view;
  std::vector<std::string> values;
};

/// One thing a value, or (`lines`) one that lasts until a value names a view.
std::vector<DrawnThing> things_of(const std::string& option, const std::vector<std::string>& texts,
                                  const std::string& view, bool lines) {
  std::vector<DrawnThing> things;
  for (const auto& text : texts) {
    const auto colon = text.find(':');
    const bool names = colon != std::string::npos;
    if (!lines || names || things.empty()) {
      things.push_back({.view = names ? text.substr(0, colon) : view, .values = {}});
      if (things.back().view.empty()) {
        user_error("{} {}: of which view? give --view NAME, or {} NAME:{}", option, text, option,
                   names ? text.substr(colon + 1) : text);
      }
    }
    things.back().values.push_back(names ? text.substr(colon + 1) : text);
  }
  return things;
}

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

at::Tensor mask_region(const std::string& file, const field::Camera& camera) {
  auto mask = io::to_grey(io::read_image(file));
  // What the mask's shape makes of the view's height.
  const double width = static_cast<double>(mask.width) * camera.height / mask.height;
  if (std::abs(width - camera.width) > shape_slack) {
    user_error("--mask {}: {}x{} pixels are of another shape than the view's {}x{}", file, mask.width, mask.height,
               camera.width, camera.height);
  }
  if (mask.width != camera.width || mask.height != camera.height) {
    mask = io::area_resize(mask, camera.width, camera.height);
  }
  return at::from_blob(mask.pixels.data(), {camera.height, camera.width}, at::kByte).ge(bright);
}

void unite(at::Tensor& regions, const at::Tensor& region) { regions = regions.defined() ? regions | region : region; }

/// Collects what is drawn view by view.
class DrawingBoard {
 public:
  DrawingBoard(const DrawnTexts& texts, const field::Scene& scene) : texts_(texts), scene_(scene) {}

  template <class Draw>
  void draw(const std::string& option, const std::vector<std::string>& texts, bool lines, const Draw& draw) {
    for (const auto& thing : things_of(option, texts, texts_.view, lines)) {
      const int view = view_named(thing.view, scene_);
      auto& drawn = views_[view];
      drawn.view = view;
      drawn.camera = scene_.views[view].camera;
      draw(drawn, thing);
    }
  }

  /// A shape that must be somewhere in the picture.
  template <class Shape>
  void draw_shape(const std::string& option, const std::vector<std::string>& texts, bool lines,
                  at::Tensor DrawnView::*to, const Shape& shape) {
    draw(option, texts, lines, [&](DrawnView& drawn, const DrawnThing& thing) {
      const auto region = shape(drawn.camera, thing.values);
      if (!region.template any().template item<bool>()) {
        user_error("{} {}: covers no pixel of view {}, which has {}x{}", option, join(thing.values, " "), thing.view,
                   drawn.camera.width, drawn.camera.height);
      }
      unite(drawn.*to, region);
    });
  }

  std::vector<DrawnView> views() const {
    std::vector<DrawnView> all;
    for (const auto& [view, drawn] : views_) all.push_back(drawn);
    return all;
  }

 private:
  const DrawnTexts& texts_;
  const field::Scene& scene_;
  std::map<int, DrawnView> views_;
};

}  // namespace

bool DrawnTexts::any() const {
  return !clicks.empty() || !boxes.empty() || !lasso.empty() || !scribble.empty() || !masks.empty();
}

std::string DrawnTexts::described() const {
  std::vector<std::string> parts;
  const auto say = [&](const char* what, const std::vector<std::string>& values) {
    if (!values.empty()) parts.push_back(fmt::format("{} {}", what, join(values, " ")));
  };
  say("click", clicks);
  say("not", negative_clicks);
  say("box", boxes);
  say("lasso", lasso);
  say("scribble", scribble);
  say("mask", masks);
  if (!parts.empty() && !view.empty()) parts.push_back("in view " + view);
  return join(parts, "; ");
}

int view_named(const std::string& name, const field::Scene& scene) {
  std::vector<std::string> names;
  for (size_t view = 0; view < scene.views.size(); ++view) {
    if (scene.views[view].name == name || scene.views[view].stem() == name) return static_cast<int>(view);
    names.push_back(scene.views[view].stem());
  }
  user_error("the scene has no view '{}'{}", name, did_you_mean(name, names));
}

std::vector<DrawnView> drawn_views(const DrawnTexts& texts, const field::Scene& scene) {
  DrawingBoard board(texts, scene);
  const auto click_to = [](const char* option, std::vector<field::Pixel> DrawnView::*to) {
    return [option, to](DrawnView& drawn, const DrawnThing& thing) {
      for (const auto& pixel : pixels_of(option, thing.values)) {
        const auto& camera = drawn.camera;
        if (!(pixel[0] >= 0 && pixel[1] >= 0 && pixel[0] < camera.width && pixel[1] < camera.height)) {
          user_error("{} {}: outside view {}, which has {}x{} pixels", option, thing.values.front(), thing.view,
                     camera.width, camera.height);
        }
        (drawn.*to).push_back(pixel);
      }
    };
  };
  board.draw("--click", texts.clicks, false, click_to("--click", &DrawnView::clicks));
  board.draw("--not", texts.negative_clicks, false, click_to("--not", &DrawnView::negative_clicks));
  board.draw_shape("--box", texts.boxes, false, &DrawnView::outline,
                   [](const field::Camera& camera, const std::vector<std::string>& values) {
                     const auto box = numbers_of("--box", values.front(), 4);
                     return field::box_region(camera.width, camera.height, {box[0], box[1]}, {box[2], box[3]});
                   });
  board.draw_shape("--lasso", texts.lasso, true, &DrawnView::outline,
                   [](const field::Camera& camera, const std::vector<std::string>& values) {
                     return field::lasso_region(camera.width, camera.height, pixels_of("--lasso", values));
                   });
  board.draw_shape("--scribble", texts.scribble, true, &DrawnView::stroke,
                   [&](const field::Camera& camera, const std::vector<std::string>& values) {
                     return field::scribble_region(camera.width, camera.height, pixels_of("--scribble", values),
                                                   texts.radius);
                   });
  board.draw("--mask", texts.masks, false, [](DrawnView& drawn, const DrawnThing& thing) {
    unite(drawn.outline, mask_region(thing.values.front(), drawn.camera));
  });
  return board.views();
}

std::vector<field::Pointing> pointings_of(const std::vector<DrawnView>& views, double radius) {
  std::vector<field::Pointing> all;
  for (const auto& view : views) {
    const auto add = [&](std::optional<at::Tensor> region, bool grow) {
      all.push_back({.camera = view.camera,
                     .clicks = {},
                     .negative_clicks = {},
                     .click_radius = radius,
                     .region = std::move(region),
                     .grow = grow});
    };
    if (!view.clicks.empty() || !view.negative_clicks.empty()) {
      add(std::nullopt, true);
      all.back().clicks = view.clicks;
      all.back().negative_clicks = view.negative_clicks;
    }
    if (view.outline.defined()) add(view.outline, false);
    if (view.stroke.defined()) add(view.stroke, true);
  }
  return all;
}

std::vector<field::Ballot> ballots_of(const std::vector<DrawnView>& views, double radius) {
  std::vector<field::Ballot> ballots;
  for (const auto& view : views) {
    if (!view.negative_clicks.empty()) {
      user_error(
          "--not: grows from its pixels and does not vote; select that by itself, with --from FILE and "
          "--combine subtract");
    }
    at::Tensor region;
    for (const auto& click : view.clicks) {
      unite(region, field::disc_region(view.camera.width, view.camera.height, click,
                                       std::max(radius, field::least_click_radius)));
    }
    for (const auto& drawn : {view.outline, view.stroke}) {
      if (drawn.defined()) unite(region, drawn);
    }
    ballots.push_back({.camera = view.camera, .region = region});
  }
  return ballots;
}

}  // namespace retort::cli
