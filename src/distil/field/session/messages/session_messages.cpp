#include "distil/field/session/messages/session_messages.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>

#include "core/errors.h"
#include "core/options.h"
#include "core/text.h"
#include "io/json.h"
#include "io/json_object.h"

namespace retort::field {

namespace {
using Json = nlohmann::json;

constexpr size_t most_points = 4096, most_words = 1024, most_word_bytes = 1024, most_edit_bytes = 16384;
constexpr double most_coordinate = 1e6;           // pixels, far outside any picture
constexpr int most_picture_side = 4096;           // of a camera
constexpr int64_t most_picture_pixels = 1 << 23;  // what the engine draws in seconds
constexpr int most_rings = 64;

std::string word_in(io::JsonObject& keys, const char* key) { return keys.text(key, most_word_bytes); }

std::vector<ScreenPoint> points_in(io::JsonObject& keys, const char* key, size_t least) {
  std::vector<ScreenPoint> points;
  for (const auto& point : keys.list(key, most_points)) {
    if (!point.is_array() || point.size() != 2) keys.fail(fmt::format("'{}' should hold pairs [x, y]", key));
    const auto x = io::json_number(point[0], -most_coordinate, most_coordinate);
    const auto y = io::json_number(point[1], -most_coordinate, most_coordinate);
    if (!x || !y) {
      keys.fail(fmt::format("'{}' should hold numbers from {} to {}", key, -most_coordinate, most_coordinate));
    }
    points.push_back({*x, *y});
  }
  if (points.size() < least) keys.fail(fmt::format("'{}' should hold {} points or more", key, least));
  return points;
}

const std::vector<std::string> combine_names = {"replace", "add", "subtract", "intersect"};

// A pose is a rotation and a translation: the kernel and the edits rely on it.
Camera camera_in(io::JsonObject& keys) {
  constexpr double most_length = 1e9, rotation_slack = 1e-3;
  auto in = keys.object("camera");
  Camera camera{.width = static_cast<int>(in.integer("width", 1, most_picture_side)),
                .height = static_cast<int>(in.integer("height", 1, most_picture_side)),
                .fx = in.number("fx", 1e-3, 1e7),
                .fy = in.number("fy", 1e-3, 1e7),
                .cx = in.number("cx", -most_coordinate, most_coordinate),
                .cy = in.number("cy", -most_coordinate, most_coordinate)};
  if (int64_t{camera.width} * camera.height > most_picture_pixels) {
    in.fail(fmt::format("{}x{} are more than {} pixels", camera.width, camera.height, most_picture_pixels));
  }
  const auto& pose = in.list("world_to_camera", 16);
  if (pose.size() != 16) in.fail("'world_to_camera' should hold 16 numbers, row by row");
  for (size_t i = 0; i < 16; ++i) {
    if (!pose[i].is_number() || !(std::abs(pose[i].get<double>()) <= most_length)) {
      in.fail("'world_to_camera' should hold 16 finite numbers");
    }
    camera.world_to_camera[i] = pose[i].get<double>();
  }
  in.finish();
  const auto& m = camera.world_to_camera;
  for (int row = 0; row < 3; ++row) {
    for (int other = row; other < 3; ++other) {
      const double product =
          m[4 * row] * m[4 * other] + m[4 * row + 1] * m[4 * other + 1] + m[4 * row + 2] * m[4 * other + 2];
      if (std::abs(product - (row == other ? 1 : 0)) > rotation_slack) {
        in.fail("'world_to_camera' should be a rotation and a translation");
      }
    }
  }
  if (m[12] != 0 || m[13] != 0 || m[14] != 0 || m[15] != 1) in.fail("'world_to_camera' should end in 0, 0, 0, 1");
  return camera;
}

double similarity_in(io::JsonObject& keys) {
  return keys.find("similarity") == nullptr ? 0 : keys.number("similarity", -1, 1);
}

SessionMessage read_query(io::JsonObject& keys) {
  QueryMessage message{.asked = word_in(keys, "asked"), .against = {}, .form = "softmax"};
  if (keys.find("against") != nullptr) message.against = keys.texts("against", most_words, most_word_bytes);
  if (keys.find("form") != nullptr) message.form = keys.choice("form", {"cosine", "softmax", "relevancy"});
  return message;
}

SessionMessage read_select_query(io::JsonObject& keys) {
  SelectQueryMessage message{.threshold = {}, .combine = keys.choice("combine", combine_names)};
  if (!keys.at("threshold").is_null()) message.threshold = keys.number("threshold", -1e6, 1e6);
  return message;
}

SessionMessage read_click(io::JsonObject& keys) {
  ClickMessage message{.camera = camera_in(keys),
                       .positive = points_in(keys, "positive", 0),
                       .negative = {},
                       .similarity = similarity_in(keys),
                       .combine = keys.choice("combine", combine_names)};
  if (keys.find("negative") != nullptr) message.negative = points_in(keys, "negative", 0);
  if (message.positive.empty()) keys.fail("'positive' should hold a point or more");
  return message;
}

SessionMessage read_region(io::JsonObject& keys, RegionShape shape) {
  constexpr size_t least[] = {2, 3, 1};
  RegionMessage message{.shape = shape,
                        .camera = camera_in(keys),
                        .points = points_in(keys, "points", least[static_cast<int>(shape)]),
                        .similarity = similarity_in(keys),
                        .combine = keys.choice("combine", combine_names)};
  if (shape == RegionShape::box && message.points.size() != 2) keys.fail("'points' of a box are two corners");
  return message;
}

SessionMessage read_rings(io::JsonObject& keys, bool grow) {
  return RingsMessage{.grow = grow, .rings = static_cast<int>(keys.integer("rings", 1, most_rings))};
}

SessionMessage read_edit(io::JsonObject& keys) {
  const auto& edit = keys.at("edit");
  if (!edit.is_object() || edit.size() != 1) keys.fail("'edit' should be an object of one key, as {\"delete\": {}}");
  auto text = edit.dump(1, ' ', true, Json::error_handler_t::replace);
  if (text.size() > most_edit_bytes) keys.fail("'edit' is too long");
  return EditMessage{std::move(text)};
}

SessionMessage read_save(io::JsonObject& keys) {
  const auto name = word_in(keys, "name");
  if (!is_section_name(name)) keys.fail("'name' should be 1 to 60 letters, digits, - or _");
  return SaveMessage{name};
}

SessionMessage read_picture(io::JsonObject& keys) {
  const std::vector<std::string> modes = {"rgb", "depth", "feature", "relevancy"};
  const auto mode = keys.choice("mode", modes);
  const auto place = std::find(modes.begin(), modes.end(), mode) - modes.begin();
  return PictureMessage{.camera = camera_in(keys), .mode = static_cast<PictureMode>(place)};
}

std::function<SessionMessage(io::JsonObject&)> plain(PlainOp op) {
  return [op](io::JsonObject&) { return PlainMessage{op}; };
}

using OpReaders = std::map<std::string, std::function<SessionMessage(io::JsonObject&)>>;
const OpReaders& op_readers() {
  static const OpReaders readers = {
      {"query", read_query},
      {"select_query", read_select_query},
      {"click", read_click},
      {"box", [](io::JsonObject& keys) { return read_region(keys, RegionShape::box); }},
      {"lasso", [](io::JsonObject& keys) { return read_region(keys, RegionShape::lasso); }},
      {"scribble", [](io::JsonObject& keys) { return read_region(keys, RegionShape::scribble); }},
      {"grow", [](io::JsonObject& keys) { return read_rings(keys, true); }},
      {"shrink", [](io::JsonObject& keys) { return read_rings(keys, false); }},
      {"fringe", plain(PlainOp::fringe)},
      {"invert", plain(PlainOp::invert)},
      {"select_all", plain(PlainOp::select_all)},
      {"select_none", plain(PlainOp::select_none)},
      {"edit", read_edit},
      {"undo", plain(PlainOp::undo)},
      {"redo", plain(PlainOp::redo)},
      {"feature_colours", plain(PlainOp::feature_colours)},
      {"script", plain(PlainOp::script)},
      {"state", plain(PlainOp::state)},
      {"save", read_save},
      {"picture", read_picture},
  };
  return readers;
}

SessionMessage read_message(const Json& json) {
  io::JsonObject keys(json, "message");
  keys.integer("id", 0, std::numeric_limits<uint32_t>::max());
  const auto op = word_in(keys, "op");
  const auto reader = op_readers().find(op);
  if (reader == op_readers().end()) {
    std::vector<std::string> names;
    for (const auto& [name, read] : op_readers()) names.push_back(name);
    keys.fail(fmt::format("op '{}' is not known{}; there are {}", op, did_you_mean(op, names), join(names, ", ")));
  }
  io::JsonObject own(json, op);
  own.at("id");
  own.at("op");
  auto message = reader->second(own);
  own.finish();
  return message;
}
}  // namespace

HeardMessage parse_session_message(std::string_view text) {
  HeardMessage heard;
  try {
    const auto json = io::parse_json(text, "message");
    if (json.is_object() && json.contains("id") && json["id"].is_number_unsigned()) {
      const auto id = json["id"].get<uint64_t>();
      if (id <= std::numeric_limits<uint32_t>::max()) heard.id = static_cast<uint32_t>(id);
    }
    heard.message = read_message(json);
  } catch (const UserError& error) {
    heard.error = error.what();
  }
  return heard;
}

}  // namespace retort::field
