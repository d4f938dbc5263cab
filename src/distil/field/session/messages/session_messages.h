// What a page may ask of an open field, as it comes over the wire (docs/design/page_protocol.md): parsed strictly, for
// nobody vouches for who sends it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "distil/field/camera/camera.h"

namespace retort::field {

using ScreenPoint = std::array<double, 2>;  ///< x, y in the camera's pixels; the top left pixel's centre is (0.5, 0.5)

struct QueryMessage {
  std::string asked;                 ///< a word
  std::vector<std::string> against;  ///< empty: all others
  std::string form;                  ///< cosine, softmax or relevancy
};
struct SelectQueryMessage {
  std::optional<double> threshold;  ///< none: the nearest word wins
  std::string combine;              ///< replace, add, subtract or intersect
};
struct ClickMessage {
  Camera camera;
  std::vector<ScreenPoint> positive, negative;
  double similarity = 0;  ///< in [-1, 1]
  std::string combine;
};
enum class RegionShape { box, lasso, scribble };
struct RegionMessage {
  RegionShape shape;
  Camera camera;
  std::vector<ScreenPoint> points;  ///< two corners; an outline of 3 or more; a line of 1 or more
  double similarity = 0;
  std::string combine;
};
/// grow (or shrink) by so many rings.
struct RingsMessage {
  bool grow = true;
  int rings = 1;
};
enum class PlainOp { fringe, invert, select_all, select_none, undo, redo, feature_colours, script, state };
struct PlainMessage {
  PlainOp op;
};
struct EditMessage {
  std::string edit;  ///< a JSON object of one key, for the reader of edit scripts
};
struct SaveMessage {
  std::string name;  ///< letters, digits, - and _; at most 60
};
enum class PictureMode { rgb, depth, feature, relevancy };
struct PictureMessage {
  Camera camera;
  PictureMode mode = PictureMode::rgb;
};

using SessionMessage = std::variant<QueryMessage, SelectQueryMessage, ClickMessage, RegionMessage, RingsMessage,
                                    PlainMessage, EditMessage, SaveMessage, PictureMessage>;

/// One text of a client: a message, or what is wrong with it. `id` is the client's as far as it could be read, else 0.
struct HeardMessage {
  uint32_t id = 0;
  std::optional<SessionMessage> message;
  std::string error;  ///< set exactly when there is no message
};

/// Never throws for anything that is in the text. Refused: what is no JSON object of exactly the op's keys, numbers
/// that are not finite or outside what is said above and in session_messages.cpp, more than 4,096 points.
HeardMessage parse_session_message(std::string_view text);

}  // namespace retort::field
