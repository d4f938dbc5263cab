#include "cli/drawn_regions.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <fstream>

#include "io/image.h"
#include "support/temporary_folder.h"
#include "support/user_error.h"

namespace retort::cli {
namespace {

field::Scene two_view_scene() {
  field::Scene scene;
  for (const auto& [name, width, height] : {std::tuple{"0004.png", 64, 48}, std::tuple{"0009.png", 32, 32}}) {
    field::View view;
    view.name = name;
    view.camera = {.width = width, .height = height, .fx = 32, .fy = 32, .cx = width / 2.0, .cy = height / 2.0};
    scene.views.push_back(view);
    scene.train.push_back(static_cast<int>(scene.train.size()));
  }
  return scene;
}

std::string drawing_refused(const DrawnTexts& texts) {
  return tests::user_error_of([&] { drawn_views(texts, two_view_scene()); });
}

int64_t pixels_in(const at::Tensor& region) { return region.sum().item<int64_t>(); }

TEST(DrawnRegions, ValuesMayNameTheirView) {
  DrawnTexts texts;
  texts.view = "0004";
  texts.clicks = {"3,4", "0009:5,6"};
  texts.negative_clicks = {"7,8"};
  texts.boxes = {"0009:0,0,10,10", "0009.png:20,20,24,25", "0,0,2,2"};
  const auto views = drawn_views(texts, two_view_scene());
  ASSERT_EQ(views.size(), 2u);
  EXPECT_EQ(views[0].view, 0);
  EXPECT_EQ(views[0].clicks, (std::vector<field::Pixel>{{3, 4}}));
  EXPECT_EQ(views[0].negative_clicks, (std::vector<field::Pixel>{{7, 8}}));
  EXPECT_EQ(pixels_in(views[0].outline), 4);
  EXPECT_EQ(views[1].clicks, (std::vector<field::Pixel>{{5, 6}}));
  EXPECT_EQ(pixels_in(views[1].outline), 120) << "two boxes in a view are taken together";
  EXPECT_EQ(views[1].camera.width, 32);
  EXPECT_EQ(texts.described(),
            "click 3,4 0009:5,6; not 7,8; box 0009:0,0,10,10 0009.png:20,20,24,25 0,0,2,2; in view 0004");
}

TEST(DrawnRegions, ALineLastsUntilAPointNamesAView) {
  DrawnTexts texts;
  texts.lasso = {"0004:0,0", "10,0", "10,10",      "0,10",  "0009:0,0", "4,0",
                 "4,4",      "0,4",  "0009:20,20", "22,20", "22,22",    "20,22"};
  texts.scribble = {"0009:8.5,8.5", "12.5,8.5"};
  texts.radius = 0.5;
  const auto views = drawn_views(texts, two_view_scene());
  ASSERT_EQ(views.size(), 2u);
  EXPECT_EQ(pixels_in(views[0].outline), 100);
  EXPECT_FALSE(views[0].stroke.defined());
  EXPECT_EQ(pixels_in(views[1].outline), 16 + 4);
  EXPECT_EQ(pixels_in(views[1].stroke), 5);
  const auto pointings = pointings_of(views, texts.radius);
  ASSERT_EQ(pointings.size(), 3u);
  EXPECT_FALSE(pointings[1].grow);
  EXPECT_TRUE(pointings[2].grow);
}

TEST(DrawnRegions, MasksAreBroughtToTheViewsSize) {
  const tests::TemporaryFolder folder;
  const auto file = (folder.path() / "mask.png").string();
  auto image = io::make_image(128, 96, 1);
  for (int y = 0; y < 96; ++y) {
    for (int x = 0; x < 64; ++x) *image.at(x, y) = 255;
  }
  io::write_png(file, image);
  DrawnTexts texts;
  texts.masks = {"0004:" + file};
  const auto views = drawn_views(texts, two_view_scene());
  ASSERT_EQ(views.size(), 1u);
  EXPECT_EQ(pixels_in(views[0].outline), 32 * 48);
  EXPECT_TRUE(views[0].outline[0][31].item<bool>());
  EXPECT_FALSE(views[0].outline[0][32].item<bool>());
  texts.masks = {"0009:" + file};
  EXPECT_NE(drawing_refused(texts).find("another shape"), std::string::npos);
  std::ofstream(file) << "no picture";
  EXPECT_NE(drawing_refused(texts), "(no UserError)");
  texts.masks = {"0009:" + (folder.path() / "absent.png").string()};
  EXPECT_NE(drawing_refused(texts).find("absent.png"), std::string::npos);
}

TEST(DrawnRegions, AllThatIsDrawnInAViewIsOneBallot) {
  DrawnTexts texts;
  texts.clicks = {"0004:30.5,30.5"};
  texts.boxes = {"0004:0,0,4,4"};
  texts.scribble = {"0004:10.5,40.5", "12.5,40.5"};
  texts.radius = 0;
  const auto views = drawn_views(texts, two_view_scene());
  const auto ballots = ballots_of(views, texts.radius);
  ASSERT_EQ(ballots.size(), 1u);
  EXPECT_EQ(pixels_in(ballots[0].region), 1 + 16 + 3);
  texts.negative_clicks = {"0009:1,1"};
  EXPECT_NE(tests::user_error_of([&] {
              ballots_of(drawn_views(texts, two_view_scene()), texts.radius);
            }).find("does not vote"),
            std::string::npos);
}

TEST(DrawnRegions, RefusesWhatIsNowhere) {
  const auto refused = [](auto DrawnTexts::*to, const std::string& value) {
    DrawnTexts texts;
    (texts.*to) = {value};
    return drawing_refused(texts);
  };
  EXPECT_NE(refused(&DrawnTexts::clicks, "3,4").find("of which view?"), std::string::npos);
  EXPECT_NE(refused(&DrawnTexts::clicks, ":3,4").find("--click NAME:3,4"), std::string::npos);
  EXPECT_NE(refused(&DrawnTexts::clicks, "0005:3,4").find("no view '0005'; did you mean"), std::string::npos);
  EXPECT_NE(refused(&DrawnTexts::clicks, "train:3,4").find("no view 'train'"), std::string::npos);
  EXPECT_NE(refused(&DrawnTexts::clicks, "0009:40,4").find("outside view 0009"), std::string::npos);
  EXPECT_NE(refused(&DrawnTexts::clicks, "0009:4").find("not a pixel"), std::string::npos);
  EXPECT_NE(refused(&DrawnTexts::clicks, "0009:").find("not a pixel"), std::string::npos);
  EXPECT_NE(refused(&DrawnTexts::clicks, "0009:nan,2").find("not a pixel"), std::string::npos);
  EXPECT_NE(refused(&DrawnTexts::boxes, "0009:1,2,3").find("not a box"), std::string::npos);
  EXPECT_NE(refused(&DrawnTexts::boxes, "0009:50,50,60,60").find("covers no pixel"), std::string::npos);
  EXPECT_NE(refused(&DrawnTexts::lasso, "0009:1,1").find("at least 3"), std::string::npos);
  EXPECT_NE(refused(&DrawnTexts::scribble, "0009:-90,-90").find("covers no pixel"), std::string::npos);
}

}  // namespace
}  // namespace retort::cli
