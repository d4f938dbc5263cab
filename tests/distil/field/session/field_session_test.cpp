#include "distil/field/session/field_session.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <spdlog/logger.h>

#include <nlohmann/json.hpp>

#include "core/log.h"
#include "distil/field/session/field_desk.h"
#include "distil/field/session/page_double.h"
#include "distil/field/session/session_fields.h"
#include "io/image.h"
#include "support/temporary_folder.h"

namespace retort::field {
namespace {
using Json = nlohmann::json;

using tests::HeardPart;
using tests::PageDouble;

uint32_t word_at(const std::string& message, size_t place) {
  uint32_t value = 0;
  std::memcpy(&value, message.data() + 4 * place, 4);
  return value;
}

class SessionTest : public testing::Test {
 protected:
  SessionTest() {
    auto opened = tests::two_balls();
    opened.folder = folder_.path();
    session_ = FieldSession::open(std::move(opened), pool_, *log_, Isa::scalar);
    listener_ = session_->connect(page_);
    other_listener_ = session_->connect(other_);
    session_->wait_until_idle();
    page_->take();
    other_->take();
  }

  Json say(const std::string& op, const std::string& fields = "") {
    listener_.heard(R"({"id": 5, "op": ")" + op + "\"" + (fields.empty() ? "" : ", " + fields) + "}", false);
    session_->wait_until_idle();
    parts_ = page_->take();
    if (parts_.empty() || parts_[0].binary) return Json();
    return Json::parse(parts_[0].content);
  }
  std::string camera() const { return R"("camera": )" + tests::session_camera_json(); }
  // The bits or bytes of the answer's binary of a kind; empty: there is none.
  std::string payload(uint32_t kind) const {
    for (const auto& part : parts_) {
      if (part.binary && word_at(part.content, 1) == kind) return part.content.substr(16);
    }
    return "";
  }
  int set_bits(uint32_t kind) const {
    int count = 0;
    for (const unsigned char byte : payload(kind)) count += __builtin_popcount(byte);
    return count;
  }

  tests::TemporaryFolder folder_;
  ThreadPool pool_{1};
  std::shared_ptr<spdlog::logger> log_ = make_logger(LogLevel::quiet);
  std::shared_ptr<FieldSession> session_;
  std::shared_ptr<PageDouble> page_ = std::make_shared<PageDouble>(), other_ = std::make_shared<PageDouble>();
  serve::Handlers::Listener listener_, other_listener_;
  std::vector<HeardPart> parts_;
};

TEST_F(SessionTest, AWordIsAskedAndSelected) {
  const auto answer = say("query", R"("asked": "cat", "against": [], "form": "softmax")");
  EXPECT_TRUE(answer["ok"].get<bool>()) << answer;
  EXPECT_EQ(answer["histogram"].size(), 64u);
  EXPECT_EQ(answer["nearest_wins"], 40);
  EXPECT_GT(answer["threshold"].get<double>(), answer["low"].get<double>());
  EXPECT_EQ(payload(1).size(), 80u);
  EXPECT_TRUE(other_->take().empty()) << "a question changes nothing";

  EXPECT_EQ(say("select_query", R"("threshold": null, "combine": "replace")")["count"], 40);
  EXPECT_EQ(payload(2), std::string("\xff\xff\xff\xff\xff\0\0\0\0\0", 10));
  EXPECT_EQ(say("select_query", "\"combine\": \"replace\", \"threshold\": " +
                                    std::to_string(answer["threshold"].get<double>()))["count"],
            40);
  const auto heard = other_->take();
  ASSERT_FALSE(heard.empty());
  EXPECT_EQ(Json::parse(heard[0].content)["event"], "selection");
}

TEST_F(SessionTest, AThresholdThatMovesIsOneStep) {
  say("query", R"("asked": "cat", "against": [])");
  say("select_query", R"("threshold": 0.0, "combine": "add")");
  EXPECT_EQ(say("select_query", R"("threshold": null, "combine": "add")")["count"], 40);
  EXPECT_EQ(say("state")["undoes"], 1);
  EXPECT_EQ(say("undo")["count"], 0);
}

TEST_F(SessionTest, EachPageSelectsByItsOwnQuestion) {
  say("query", R"("asked": "cat", "against": [])");
  other_listener_.heard(R"({"id": 1, "op": "query", "asked": "dog", "against": []})", false);
  session_->wait_until_idle();
  EXPECT_EQ(say("select_query", R"("threshold": null, "combine": "replace")")["count"], 40);
  EXPECT_EQ(payload(2), std::string("\xff\xff\xff\xff\xff\0\0\0\0\0", 10)) << "the cat, which lies first";
  session_->replace_field(tests::two_balls().field, false);
  session_->wait_until_idle();
  page_->take();
  EXPECT_FALSE(say("select_query", R"("threshold": null, "combine": "replace")")["ok"].get<bool>())
      << "a new field was not asked yet";
}

TEST(FieldDesk, OfManyRowsPagesAreToldToReadThemAgain) {
  const auto opened = tests::two_balls();
  ThreadPool pool(1);
  const auto log = make_logger(LogLevel::quiet);
  FieldDesk desk(opened, pool, Isa::scalar, 79);
  std::optional<Asked> asked;
  const auto heard = [&](const std::string& message) {
    const auto reply = desk.answer(parse_session_message(message), asked, *log);
    for (const auto* parts : {&reply.to_asker, &reply.to_others}) {
      for (const auto& part : *parts) EXPECT_FALSE(part.binary && word_at(part.content, 1) == 4) << "rows";
    }
    return std::pair(Json::parse(reply.to_asker.at(0).content), Json::parse(reply.to_others.at(0).content));
  };
  EXPECT_FALSE(heard(R"({"id": 1, "op": "select_all"})").first.contains("reload"));
  const auto [answer, event] = heard(R"({"id": 2, "op": "edit", "edit": {"opacity": {"factor": 0.5}}})");
  EXPECT_TRUE(answer["reload"].get<bool>()) << answer;
  EXPECT_TRUE(event["reload"].get<bool>()) << event;
}

TEST_F(SessionTest, ClicksBoxesLassosAndScribblesTakeWhatIsThere) {
  // Of 40 splats in a ball some hide behind others, and some lie far out.
  const auto expect_ball = [&](const Json& answer, bool left) {
    ASSERT_TRUE(answer["ok"].get<bool>()) << answer;
    EXPECT_GE(answer["count"].get<int>(), 20);
    const auto selected = session_->snapshot().selected;
    const auto other_ball = left ? selected.slice(0, 40) : selected.slice(0, 0, 40);
    EXPECT_FALSE(other_ball.any().item<bool>());
    EXPECT_EQ(set_bits(2), answer["count"].get<int>());
  };
  const std::string end = R"(, "similarity": 0.8, "combine": "replace")";
  const auto clicked = say("click", camera() + R"(, "positive": [[44, 48]], "negative": [])" + end);
  EXPECT_TRUE(clicked.contains("milliseconds"));
  expect_ball(clicked, true);
  const auto both = say("click", camera() + R"(, "positive": [[84, 48]], "combine": "add")");
  EXPECT_GT(both["count"], clicked["count"]);
  expect_ball(say("box", camera() + R"(, "points": [[2, 2], [63, 94]])" + end), true);
  expect_ball(say("lasso", camera() + R"(, "points": [[65, 0], [128, 0], [128, 96], [65, 96]])" + end), false);
  expect_ball(say("scribble", camera() + R"(, "points": [[80, 48], [88, 48]])" + end), false);
  EXPECT_EQ(say("select_none")["count"], 0);
  EXPECT_EQ(say("invert")["count"], 80);
  EXPECT_EQ(say("invert")["count"], 0);
  EXPECT_EQ(say("select_all")["count"], 80);
}

TEST_F(SessionTest, RingsGrowAndShrink) {
  say("query", R"("asked": "cat", "against": [])");
  say("select_query", R"("threshold": null, "combine": "replace")");
  const auto fewer = say("shrink", R"("rings": 1)")["count"].get<int>();
  EXPECT_LE(fewer, 40);
  EXPECT_GE(say("grow", R"("rings": 2)")["count"].get<int>(), fewer);
}

TEST_F(SessionTest, TheFringeJoinsTheSelection) {
  say("query", R"("asked": "cat", "against": ["none"], "form": "cosine")");
  const auto some = say("select_query", R"("threshold": 0.997, "combine": "replace")")["count"].get<int>();
  ASSERT_GT(some, 0);
  ASSERT_LT(some, 40);
  const auto mended = say("fringe");
  EXPECT_GT(mended["count"].get<int>(), some);
  EXPECT_LE(mended["count"].get<int>(), 40) << "the other ball is another thing";
  EXPECT_EQ(mended["undo_what"], "fringe");
}

TEST_F(SessionTest, EditsAreHeardByAllAndUndone) {
  say("query", R"("asked": "dog", "against": [])");
  say("select_query", R"("threshold": null, "combine": "replace")");
  other_->take();
  EXPECT_EQ(say("edit", R"("edit": {"delete": {}})")["alive"], 40);
  EXPECT_EQ(set_bits(3), 40);
  const auto heard = other_->take();
  ASSERT_GE(heard.size(), 3u);
  EXPECT_EQ(Json::parse(heard[0].content)["event"], "edited");
  EXPECT_TRUE(session_->edited());

  const auto back = say("undo");
  EXPECT_EQ(back["alive"], 80);
  EXPECT_EQ(back["count"], 40) << "the selection is the one before";
  EXPECT_EQ(say("redo")["alive"], 40);
  say("undo");
  EXPECT_TRUE(say("edit", R"("edit": {"recolour": {"colour": [1, 0, 0]}})")["ok"].get<bool>());
  EXPECT_EQ(word_at(payload(4), 0), 40u) << "the rows that changed";
  EXPECT_TRUE(say("edit", R"("edit": {"duplicate": {"move": [0, 1, 0]}})")["ok"].get<bool>());
  EXPECT_EQ(word_at(payload(4), 0), 40u);
  EXPECT_EQ(word_at(parts_.back().content, 3), 120u) << "splats of the field now";
  EXPECT_EQ(say("undo")["alive"], 80);
  EXPECT_EQ(word_at(parts_.back().content, 3), 80u);
  EXPECT_TRUE(say("edit", R"("edit": {"opacity": {"factor": 0.5}})")["ok"].get<bool>());
  EXPECT_TRUE(say("edit", R"("edit": {"transform": {"move": [1, 0, 0]}})")["ok"].get<bool>());
  EXPECT_TRUE(say("edit", R"("edit": {"extract": {}})")["ok"].get<bool>());
  EXPECT_NE(say("script")["yaml"].get<std::string>().find("extract: {}"), std::string::npos);
}

TEST_F(SessionTest, WhatIsWrongIsSaidAndChangesNothing) {
  const auto refused = [&](const std::string& op, const std::string& fields = "") {
    const auto answer = say(op, fields);
    EXPECT_FALSE(answer["ok"].get<bool>()) << op;
    EXPECT_EQ(answer["id"], 5);
    return answer["error"].get<std::string>();
  };
  EXPECT_NE(refused("undo").find("nothing to undo"), std::string::npos);
  EXPECT_NE(refused("query", R"("asked": "cta", "against": [])").find("'cat'"), std::string::npos);
  EXPECT_NE(refused("query", R"("asked": "/etc/passwd", "against": [])").find("no word"), std::string::npos);
  EXPECT_NE(refused("select_query", R"("threshold": null, "combine": "replace")").find("ask for a word"),
            std::string::npos);
  refused("edit", R"("edit": {"delete": {}})");
  refused("edit", R"("edit": {"select": {"file": "/etc/passwd"}})");
  refused("edit", R"("edit": {"opacity": {"factor": -1}})");
  refused("save", R"("name": "../x")");
  refused("picture", camera() + R"(, "mode": "relevancy")");
  EXPECT_EQ(session_->snapshot().selected_count(), 0);
  listener_.heard("\x01\x02", true);
  session_->wait_until_idle();
  EXPECT_FALSE(Json::parse(page_->take().at(0).content)["ok"].get<bool>());
}

TEST_F(SessionTest, PicturesAndColoursAreDrawn) {
  EXPECT_TRUE(say("feature_colours")["ok"].get<bool>());
  EXPECT_EQ(payload(5).size(), 240u);
  say("query", R"("asked": "cat", "against": [])");
  for (const auto* mode : {"rgb", "depth", "feature", "relevancy"}) {
    const auto answer = say("picture", camera() + R"(, "mode": ")" + mode + "\"");
    EXPECT_TRUE(answer["ok"].get<bool>()) << answer;
    EXPECT_TRUE(answer["png"].get<std::string>().starts_with("iVBORw0KGgo")) << mode;
  }
}

TEST_F(SessionTest, ASelectionIsSavedBesideTheField) {
  say("query", R"("asked": "cat", "against": [])");
  say("select_query", R"("threshold": null, "combine": "replace")");
  EXPECT_TRUE(say("save", R"("name": "my-cat")")["ok"].get<bool>());
  EXPECT_TRUE(std::filesystem::is_regular_file(folder_ / "selections/my-cat.safetensors"));
}

TEST_F(SessionTest, ANewFieldTakesThePlaceOfAnUneditedOne) {
  auto longer = tests::two_balls().field;
  for (auto& [name, tensor] : longer.splats.named()) *tensor = at::cat({*tensor, *tensor});
  session_->replace_field(longer, true);
  session_->wait_until_idle();
  EXPECT_EQ(session_->snapshot().field.size(), 160);
  EXPECT_EQ(Json::parse(page_->take().at(0).content)["event"], "field");
  EXPECT_EQ(Json::parse(session_->description())["splats"], 160);
  say("select_all");
  say("edit", R"("edit": {"opacity": {"factor": 0.5}})");
  session_->replace_field(tests::two_balls().field, true);
  session_->wait_until_idle();
  EXPECT_EQ(session_->snapshot().field.size(), 160) << "edits are not thrown away";
}

TEST_F(SessionTest, ANewPageHearsWhatStands) {
  say("select_all");
  const auto late = std::make_shared<PageDouble>();
  const auto listener = session_->connect(late);
  session_->wait_until_idle();
  const auto heard = late->take();
  ASSERT_EQ(heard.size(), 3u);
  EXPECT_EQ(Json::parse(heard[0].content)["count"], 80);
  EXPECT_EQ(session_->clients(), 3);
  listener.closed();
  EXPECT_EQ(session_->clients(), 2);
}

}  // namespace
}  // namespace retort::field
