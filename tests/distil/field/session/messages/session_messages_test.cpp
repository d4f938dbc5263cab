#include "distil/field/session/messages/session_messages.h"

#include <gtest/gtest.h>

#include "distil/field/session/messages/session_replies.h"

namespace retort::field {
namespace {

const std::string good_camera = R"("camera": {"width": 8, "height": 6, "fx": 5, "fy": 5, "cx": 4, "cy": 3,)"
                                R"( "world_to_camera": [1,0,0,0, 0,1,0,0, 0,0,1,2, 0,0,0,1]})";
const std::string good_click = R"({"id": 3, "op": "click", )" + good_camera +
                               R"(, "positive": [[1.5, 2]], "negative": [], "similarity": 0.9, "combine": "add"})";

std::string with(std::string text, const std::string& part, const std::string& other) {
  const auto place = text.find(part);
  EXPECT_NE(place, std::string::npos) << part;
  return text.replace(place, part.size(), other);
}

TEST(SessionMessages, AClickIsRead) {
  const auto heard = parse_session_message(good_click);
  ASSERT_TRUE(heard.message) << heard.error;
  EXPECT_EQ(heard.id, 3u);
  const auto& click = std::get<ClickMessage>(*heard.message);
  EXPECT_EQ(click.positive, (std::vector<ScreenPoint>{{1.5, 2}}));
  EXPECT_EQ(click.camera.world_to_camera[11], 2);
  EXPECT_EQ(click.similarity, 0.9);
  EXPECT_EQ(click.combine, "add");
}

TEST(SessionMessages, AnEditKeepsItsText) {
  const auto heard = parse_session_message(R"({"op": "edit", "id": 1, "edit": {"opacity": {"factor": 0.5}}})");
  ASSERT_TRUE(heard.message) << heard.error;
  EXPECT_NE(std::get<EditMessage>(*heard.message).edit.find("\"factor\": 0.5"), std::string::npos);
}

TEST(SessionMessages, WhatIsWrongIsNamed) {
  const auto refused = [](const std::string& text, const std::string& part) {
    const auto heard = parse_session_message(text);
    EXPECT_FALSE(heard.message) << text;
    EXPECT_NE(heard.error.find(part), std::string::npos) << text << ": " << heard.error;
    return heard.id;
  };
  EXPECT_EQ(refused(with(good_click, "\"add\"", "\"plus\""), "'combine' is 'plus'"), 3u);
  refused(with(good_click, "0.9", "2"), "'similarity'");
  refused(with(good_click, "1.5", "1e999"), "");
  refused(with(good_click, "1.5", "null"), "'positive'");
  refused(with(good_click, "[[1.5, 2]]", "[]"), "'positive'");
  refused(with(good_click, "\"negative\": []", "\"negativ\": []"), "'negativ' is not known here");
  refused(with(good_click, "\"width\": 8", "\"width\": 8000000"), "'width'");
  refused(with(good_click, "\"width\": 8, \"height\": 6", "\"width\": 4096, \"height\": 4096"), "pixels");
  refused(with(good_click, "[1,0,0,0,", "[2,0,0,0,"), "a rotation and a translation");
  refused(with(good_click, "[1,0,0,0,", "[1,0,0,"), "16 numbers");
  refused(with(good_click, "click", "clikc"), "did you mean 'click'");
  EXPECT_EQ(refused(with(good_click, "\"id\": 3", "\"id\": -3"), "'id'"), 0u);
  refused(with(good_click, "\"id\": 3", "\"id\": 4294967296"), "'id'");
  refused(R"({"id": 1, "op": "grow", "rings": 18446744073709551615})", "'rings'");
  refused(R"({"id": 1, "op": "grow", "rings": 1.5})", "'rings'");
  refused(R"({"id": 1, "op": "fringe", "rings": 1})", "'rings' is not known here");
  refused(R"({"id": 1, "op": "query", "asked": "cat", "rule": "hard"})", "'rule' is not known here");
  refused(R"({"id": 1, "op": "box", )" + good_camera + R"(, "points": [[1,2]], "combine": "add"})", "2 points");
  refused(R"({"id": 1, "op": "edit", "edit": {}})", "one key");
  refused(R"({"id": 1, "op": "save", "name": "../../x"})", "'name'");
  refused(R"({"id": 1, "op": "undo", "op": "redo"})", "twice");
  refused("", "JSON");
  refused("[]", "a JSON object");
  refused(std::string(5000, '['), "deeper");
}

TEST(SessionMessages, DamageIsRefusedAndNeverThrown) {
  for (size_t place = 0; place < good_click.size(); ++place) {
    parse_session_message(std::string_view(good_click).substr(0, place));
    for (const char letter : {'\0', '"', '9', '\xff', '{'}) {
      auto damaged = good_click;
      damaged[place] = letter;
      const auto heard = parse_session_message(damaged);
      EXPECT_EQ(heard.message.has_value(), heard.error.empty()) << damaged;
    }
  }
}

TEST(SessionReplies, BitsAndHeader) {
  const std::vector<uint8_t> mask = {1, 0, 0, 0, 0, 0, 0, 1, 1};
  EXPECT_EQ(packed_bits(mask), "\x81\x01");
  EXPECT_EQ(binary_message(BinaryKind::selected, 7, 9, "\x81\x01"),
            std::string("RTSB\x02\0\0\0\x07\0\0\0\x09\0\0\0\x81\x01", 18));
  EXPECT_EQ(refusal_text(2, "no \xff"), "{\"id\":2,\"ok\":false,\"error\":\"no \xef\xbf\xbd\"}");
}

}  // namespace
}  // namespace retort::field
