#include "distil/field/scene/scene.h"

#include <gtest/gtest.h>

#include "core/recipe.h"
#include "distil/field/scene/image_cache.h"
#include "support/hostile_input.h"
#include "support/shared_data.h"
#include "support/temporary_folder.h"
#include "support/tiny_scene.h"

namespace retort::field {
namespace {

using tests::refusal_of;
using tests::shared_data;
using tests::TemporaryFolder;
using tests::tiny_model;
using tests::write_tiny_scene;

SceneOptions options_for(const std::filesystem::path& folder, const std::string& resolution = "full") {
  return {.path = folder.string(), .resolution = resolution};
}

std::vector<std::string> numbered_names(int count) {
  std::vector<std::string> names;
  for (int i = 0; i < count; ++i) names.push_back(fmt::format("{:02}.png", i));
  return names;
}

TEST(TrainingSize, fractions_widths_and_both_sides) {
  EXPECT_EQ(training_size("half", {533, 948}), (PixelSize{267, 474}));
  EXPECT_EQ(training_size("quarter", {533, 948}), (PixelSize{133, 237}));
  EXPECT_EQ(training_size("eighth", {533, 948}), (PixelSize{67, 119}));
  EXPECT_EQ(training_size("full", {533, 948}), (PixelSize{533, 948}));
  EXPECT_EQ(training_size("100", {533, 948}), (PixelSize{100, 178}));
  EXPECT_EQ(training_size("100x50", {533, 948}), (PixelSize{100, 50}));
  for (const char* wrong : {"", "third", "0", "-5", "5x", "x5", "5x5x5", "1e3", "99999999999"}) {
    EXPECT_NE(refusal_of([&] {
                training_size(wrong, {533, 948});
              }).find("must be full, half"),
              std::string::npos)
        << wrong;
  }
  EXPECT_NE(refusal_of([&] { training_size("600", {533, 948}); }).find("would enlarge"), std::string::npos);
}

TEST(SceneOptions, are_read_from_a_recipe_and_checked) {
  const auto recipe =
      Recipe::parse("distil: field\nmethod: x\npath: photos\nresolution: half\nsplit: every_8th_from_2\n", "r");
  const auto options = recipe.read<SceneOptions>();
  EXPECT_EQ(options.split, SplitRule::every_8th_from_2);
  EXPECT_EQ(options.resolution, "half");
  EXPECT_THROW(Recipe::parse("distil: field\nmethod: x\npath: p\nresolution: huge\n", "r").read<SceneOptions>(),
               UserError);
  EXPECT_THROW(Recipe::parse("distil: field\nmethod: x\n", "r").read<SceneOptions>(), UserError);
}

TEST(Scene, views_come_sorted_with_cameras_of_the_training_size) {
  TemporaryFolder folder;
  write_tiny_scene(folder.path(), tiny_model({"z.png", "sub folder/ä.png", "a.png", "b.png"}));
  const auto scene = load_scene(options_for(folder.path(), "24x8"));
  ASSERT_EQ(scene.views.size(), 4U);
  EXPECT_EQ(scene.views[0].name, "a.png");
  EXPECT_EQ(scene.views[2].stem(), "sub folder/ä");
  const auto& camera = scene.views[0].camera;
  EXPECT_EQ(camera.width, 24);
  EXPECT_EQ(camera.height, 8);
  EXPECT_DOUBLE_EQ(camera.fx, 40.5 / 2);
  EXPECT_DOUBLE_EQ(camera.fy, 41.25 / 4);
  EXPECT_DOUBLE_EQ(camera.cx, 12.5);
  EXPECT_DOUBLE_EQ(camera.cy, 15.5 / 4);
  const auto centred = load_scene(options_for(folder.path(), "24x8"), {.centre_principal_point = true});
  EXPECT_EQ(centred.views[0].camera.cx, 12);
  EXPECT_EQ(centred.views[0].camera.cy, 4);
  EXPECT_EQ(scene.points.size(), 4);
  EXPECT_EQ(scene.test, std::vector<int>{0});
  EXPECT_EQ(scene.train, (std::vector<int>{1, 2, 3}));
}

TEST(Scene, splits) {
  TemporaryFolder folder;
  write_tiny_scene(folder.path(), tiny_model(numbered_names(12)));
  auto options = options_for(folder.path());
  EXPECT_EQ(load_scene(options).test, (std::vector<int>{0, 8}));
  options.split = SplitRule::every_8th_from_2;
  EXPECT_EQ(load_scene(options).test, (std::vector<int>{2, 10}));
  options.split = SplitRule::none;
  EXPECT_TRUE(load_scene(options).test.empty());
  io::write_whole_file(folder / "test_views.txt", "# held out\n03.png\r\n\n11.png");
  EXPECT_TRUE(load_scene(options).test.empty());
  options.split = SplitRule::automatic;
  const auto scene = load_scene(options);
  EXPECT_EQ(scene.test, (std::vector<int>{3, 11}));
  EXPECT_EQ(scene.train.size(), 10U);
  io::write_whole_file(folder / "test_views.txt", "03.png\n13.png\n");
  const std::string message = refusal_of([&] { load_scene(options); });
  EXPECT_NE(message.find("test_views.txt:2: '13.png' is no view of the scene; did you mean"), std::string::npos)
      << message;
}

TEST(Scene, unregistered_photos_are_counted_and_absent_ones_refused) {
  TemporaryFolder folder;
  write_tiny_scene(folder.path(), tiny_model(numbered_names(4)));
  io::write_png(folder / "images/extra.png", tests::sample_picture(5, 5, 3));
  io::write_whole_file(folder / "images/notes.txt", "not a photo");
  EXPECT_EQ(load_scene(options_for(folder.path())).unregistered_photos, 1);
  std::filesystem::remove(folder / "images/02.png");
  const std::string message = refusal_of([&] { load_scene(options_for(folder.path())); });
  EXPECT_NE(message.find("02.png: listed in the COLMAP model but absent (1 of 4 photos are)"), std::string::npos)
      << message;
  auto elsewhere = options_for(folder.path());
  elsewhere.images = "photos";
  EXPECT_NE(refusal_of([&] { load_scene(elsewhere); }).find("no such folder"), std::string::npos);
}

TEST(Scene, too_little_is_refused_with_a_remedy) {
  TemporaryFolder folder;
  EXPECT_NE(refusal_of([&] { load_scene(options_for(folder / "none")); }).find("no such folder"), std::string::npos);
  EXPECT_NE(refusal_of([&] { load_scene(options_for(folder.path())); }).find("run COLMAP"), std::string::npos);
  write_tiny_scene(folder.path(), tiny_model({"a.png"}));
  EXPECT_NE(refusal_of([&] { load_scene(options_for(folder.path())); }).find("at least 2 training views"),
            std::string::npos);
  write_tiny_scene(folder.path(), tiny_model({"a.png", "b.png"}));
  EXPECT_NE(refusal_of([&] { load_scene(options_for(folder.path())); }).find("1 of 2 views are left for training"),
            std::string::npos);
  auto model = tiny_model({"a.png", "b.png", "c.png"});
  model.points = {};
  write_tiny_scene(folder.path(), model);
  EXPECT_NE(refusal_of([&] { load_scene(options_for(folder.path())); }).find("point_triangulator"), std::string::npos);
}

TEST(Scene, bad_photos_are_refused_at_load) {
  TemporaryFolder folder;
  const auto model = tiny_model(numbered_names(3));
  write_tiny_scene(folder.path(), model);
  const auto message_with = [&](const std::string& content) {
    io::write_whole_file(folder / "images/01.png", content);
    return refusal_of([&] { load_scene(options_for(folder.path())); });
  };
  EXPECT_NE(message_with("").find("01.png: the file is empty"), std::string::npos);
  EXPECT_NE(message_with("no photo").find("neither PNG nor JPEG"), std::string::npos);
  EXPECT_NE(message_with(tests::jpeg_of(tests::sample_picture(48, 32, 3), {.cmyk = true})).find("CMYK"),
            std::string::npos);
  EXPECT_NE(message_with(tests::jpeg_of(tests::sample_picture(48, 40, 3))).find("the shapes differ"),
            std::string::npos);
}

TEST(Scene, reduced_copies_are_used_when_all_fit) {
  TemporaryFolder folder;
  const auto model = tiny_model(numbered_names(3), 49, 31);
  write_tiny_scene(folder.path(), model);
  for (const auto& image : model.images) {
    std::filesystem::create_directories(folder / "images_2");
    io::write_png(folder / ("images_2/" + image.name),
                  tests::sample_picture(24, 15, 3));  // rounded down, not to nearest
  }
  const auto scene = load_scene(options_for(folder.path(), "half"));
  EXPECT_EQ(scene.views[1].image, folder / "images_2/01.png");
  EXPECT_EQ(scene.views[1].camera.width, 24);
  EXPECT_DOUBLE_EQ(scene.views[1].camera.fx, 40.5 * 24 / 49);
  EXPECT_EQ(load_view_image(scene.views[1], {}).rgb.pixels, tests::sample_picture(24, 15, 3).pixels);
  std::filesystem::remove(folder / "images_2/02.png");
  const auto without = load_scene(options_for(folder.path(), "half"));
  EXPECT_EQ(without.views[1].image, folder / "images/01.png");
  EXPECT_EQ(without.views[1].camera.width, 25);
}

// COLMAP saw the pixels as they lie; a tagged photo is turned only where that alone fits.
TEST(Scene, exif_rotation_yields_to_the_camera) {
  TemporaryFolder folder;
  write_tiny_scene(folder.path(), tiny_model(numbered_names(3)));
  const auto lying = tests::sample_picture(48, 32, 3), standing = tests::sample_picture(32, 48, 3);
  io::write_whole_file(folder / "images/00.png", tests::jpeg_of(lying, {.exif_rotation = 6}));
  io::write_whole_file(folder / "images/01.png", tests::jpeg_of(standing, {.exif_rotation = 6}));
  const auto scene = load_scene(options_for(folder.path()));
  const auto as_stored = load_view_image(scene.views[0], {}), turned = load_view_image(scene.views[1], {});
  EXPECT_GT(as_stored.rgb.at(1, 1)[2], 180);  // the bright corner stays top left
  EXPECT_GT(turned.rgb.at(46, 1)[2], 180);    // the bright corner goes top right
}

TEST(Scene, fox_of_the_shared_data) {
  const auto folder = shared_data("data/fox_colmap");
  if (!folder) GTEST_SKIP() << "no shared data";
  const auto scene = load_scene(options_for(*folder, "half"));
  EXPECT_EQ(scene.views.size(), 50U);
  EXPECT_EQ(scene.test.size(), 7U);
  EXPECT_EQ(scene.train.size(), 43U);
  EXPECT_EQ(scene.points.size(), 12289);
  EXPECT_EQ(scene.unregistered_photos, 0);
  const auto& camera = scene.views[0].camera;
  EXPECT_EQ(camera.width, 267);
  EXPECT_EQ(camera.height, 474);
  EXPECT_NEAR(camera.fx, 687.76 * 267 / 533, 1e-2);
  EXPECT_NEAR(camera.cx, 273.685 * 267 / 533, 1e-2);
  EXPECT_GT(scene.extent.radius, 1);
  const auto picture = load_view_image(scene.views[0], {});
  EXPECT_EQ(picture.rgb.width, 267);
  EXPECT_EQ(picture.rgb.height, 474);
  EXPECT_TRUE(picture.mask.empty());
}

}  // namespace
}  // namespace retort::field
