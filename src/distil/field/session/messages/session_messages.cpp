#include "distil/field/session/messages/session_messages.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "core/errors.h"
#include "core/options.h"
#include "core/text.h"
#include "io/json.h"

namespace retort::field {

namespace {
using Json = nlohmann::json;

constexpr size_t most_points = 4096, most_words = 1024, most_word_bytes = 1024, most_edit_bytes = 16384;
constexpr double most_coordinate = 1e6;           // pixels, far outside any picture
constexpr int most_picture_side = 4096;           // of a camera
constexpr int64_t most_picture_pixels = 1 << 23;  // what the engine draws in seconds
constexpr int most_rings = 64;

// The keys of one message, each read once; finish() refuses what nobody asked for.
class MessageKeys {
 public:
  explicit MessageKeys(const Json& json, std::string where) : json_(json), where_(std::move(where)) {
    if (!json.is_object()) fail("should be an object");
  }

  const Json& at(const char* key) {
    const auto found = json_.find(key);
    if (found == json_.end()) fail(fmt::format("'{}' is missing", key));
    read_.insert(key);
    return *found;
  }
  const Json* find(const char* key) { return json_.contains(key) ? &at(key) : nullptr; }

  double number(const char* key, double low, double high) { return checked(at(key), key, low, high); }
  double number_or(const char* key, double low, double high, double otherwise) {
    const auto* value = find(key);
    return value == nullptr ? otherwise : checked(*value, key, low, high);
  }
  int64_t integer(const char* key, int64_t low, int64_t high) {
    const auto& value = at(key);
    // Unsigned ones above 2^63 would come out negative.
    const bool fits = value.is_number_integer() &&
                      (!value.is_number_unsigned() || value.get<uint64_t>() <= uint64_t(INT64_MAX)) &&
                      value.get<int64_t>() >= low && value.get<int64_t>() <= high;
    if (!fits) fail(fmt::format("'{}' should be a whole number from {} to {}", key, low, high));
    return value.get<int64_t>();
  }
  std::string word(const char* key) { return checked_word(at(key), key); }
  std::string choice(const char* key, const std::vector<std::string>& choices) {
    const auto value = word(key);
    if (std::find(choices.begin(), choices.end(), value) == choices.end()) {
      fail(fmt::format("'{}' is '{}', should be one of {}", key, value, join(choices, ", ")));
    }
    return value;
  }
  std::vector<std::string> words(const char* key) {
    std::vector<std::string> result;
    for (const auto& entry : list(key, most_words)) result.push_back(checked_word(entry, key));
    return result;
  }
  std::vector<ScreenPoint> points(const char* key, size_t least) {
    std::vector<ScreenPoint> result;
    for (const auto& point : list(key, most_points)) {
      if (!point.is_array() || point.size() != 2) fail(fmt::format("'{}' should hold pairs [x, y]", key));
      result.push_back({checked(point[0], key, -most_coordinate, most_coordinate),
                        checked(point[1], key, -most_coordinate, most_coordinate)});
    }
    if (result.size() < least) fail(fmt::format("'{}' should hold {} points or more", key, least));
    return result;
  }
  const Json& list(const char* key, size_t most) {
    const auto& value = at(key);
    if (!value.is_array() || value.size() > most) {
      fail(fmt::format("'{}' should be a list of at most {} entries", key, most));
    }
    return value;
  }

  void finish() const {
    for (const auto& entry : json_.items()) {
      if (read_.count(entry.key()) == 0) fail(fmt::format("'{}' is not known here", entry.key()));
    }
  }
  [[noreturn]] void fail(const std::string& what) const { throw UserError(where_ + ": " + what); }

 private:
  double checked(const Json& value, const char* key, double low, double high) const {
    if (!value.is_number() || !std::isfinite(value.get<double>()) || value.get<double>() < low ||
        value.get<double>() > high) {
      fail(fmt::format("'{}' should be a number from {} to {}", key, low, high));
    }
    return value.get<double>();
  }
  std::string checked_word(const Json& value, const char* key) const {
    if (!value.is_string() || value.get_ref<const std::string&>().size() > most_word_bytes) {
      fail(fmt::format("'{}' should be a text of at most {} bytes", key, most_word_bytes));
    }
    return value.get<std::string>();
  }

  const Json& json_;
  std::string where_;
  std::set<std::string> read_;
};

const std::vector<std::string> combine_names = {"replace", "add", "subtract", "intersect"};

// A pose is a rotation and a translation: the kernel and the edits rely on it.
Camera camera_in(MessageKeys& keys) {
  constexpr double most_length = 1e9, rotation_slack = 1e-3;
  MessageKeys in(keys.at("camera"), "camera");
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

double similarity_in(MessageKeys& keys) { return keys.number_or("similarity", -1, 1, 0); }

SessionMessage read_query(MessageKeys& keys) {
  QueryMessage message{.asked = keys.word("asked"), .against = {}, .form = "softmax"};
  if (keys.find("against") != nullptr) message.against = keys.words("against");
  if (keys.find("form") != nullptr) message.form = keys.choice("form", {"cosine", "softmax", "relevancy"});
  if (keys.find("rule") != nullptr) keys.choice("rule", {"hard", "threshold"});  // the answer serves both
  return message;
}

SessionMessage read_select_query(MessageKeys& keys) {
  SelectQueryMessage message{.threshold = {}, .combine = keys.choice("combine", combine_names)};
  if (!keys.at("threshold").is_null()) message.threshold = keys.number("threshold", -1e6, 1e6);
  return message;
}

SessionMessage read_click(MessageKeys& keys) {
  ClickMessage message{.camera = camera_in(keys),
                       .positive = keys.points("positive", 0),
                       .negative = {},
                       .similarity = similarity_in(keys),
                       .combine = keys.choice("combine", combine_names)};
  if (keys.find("negative") != nullptr) message.negative = keys.points("negative", 0);
  if (message.positive.empty()) keys.fail("'positive' should hold a point or more");
  return message;
}

SessionMessage read_region(MessageKeys& keys, RegionShape shape) {
  constexpr size_t least[] = {2, 3, 1};
  RegionMessage message{.shape = shape,
                        .camera = camera_in(keys),
                        .points = keys.points("points", least[static_cast<int>(shape)]),
                        .similarity = similarity_in(keys),
                        .combine = keys.choice("combine", combine_names)};
  if (shape == RegionShape::box && message.points.size() != 2) keys.fail("'points' of a box are two corners");
  return message;
}

SessionMessage read_rings(MessageKeys& keys, bool grow) {
  return RingsMessage{.grow = grow, .rings = static_cast<int>(keys.integer("rings", 1, most_rings))};
}

SessionMessage read_edit(MessageKeys& keys) {
  const auto& edit = keys.at("edit");
  if (!edit.is_object() || edit.size() != 1) keys.fail("'edit' should be an object of one key, as {\"delete\": {}}");
  auto text = edit.dump(1, ' ', true, Json::error_handler_t::replace);
  if (text.size() > most_edit_bytes) keys.fail("'edit' is too long");
  return EditMessage{std::move(text)};
}

SessionMessage read_save(MessageKeys& keys) {
  const auto name = keys.word("name");
  if (!is_section_name(name)) keys.fail("'name' should be 1 to 60 letters, digits, - or _");
  return SaveMessage{name};
}

SessionMessage read_picture(MessageKeys& keys) {
  const std::vector<std::string> modes = {"rgb", "depth", "feature", "relevancy"};
  const auto mode = keys.choice("mode", modes);
  const auto place = std::find(modes.begin(), modes.end(), mode) - modes.begin();
  return PictureMessage{.camera = camera_in(keys), .mode = static_cast<PictureMode>(place)};
}

std::function<SessionMessage(MessageKeys&)> plain(PlainOp op) {
  return [op](MessageKeys&) { return PlainMessage{op}; };
}

using OpReaders = std::map<std::string, std::function<SessionMessage(MessageKeys&)>>;
const OpReaders& op_readers() {
  static const OpReaders readers = {
      {"query", read_query},
      {"select_query", read_select_query},
      {"click", read_click},
      {"box", [](MessageKeys& keys) { return read_region(keys, RegionShape::box); }},
      {"lasso", [](MessageKeys& keys) { return read_region(keys, RegionShape::lasso); }},
      {"scribble", [](MessageKeys& keys) { return read_region(keys, RegionShape::scribble); }},
      {"grow", [](MessageKeys& keys) { return read_rings(keys, true); }},
      {"shrink", [](MessageKeys& keys) { return read_rings(keys, false); }},
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
  MessageKeys keys(json, "message");
  keys.integer("id", 0, std::numeric_limits<uint32_t>::max());
  const auto op = keys.word("op");
  const auto reader = op_readers().find(op);
  if (reader == op_readers().end()) {
    std::vector<std::string> names;
    for (const auto& [name, read] : op_readers()) names.push_back(name);
    keys.fail(fmt::format("op '{}' is not known{}; there are {}", op, did_you_mean(op, names), join(names, ", ")));
  }
  MessageKeys own(json, op);
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
