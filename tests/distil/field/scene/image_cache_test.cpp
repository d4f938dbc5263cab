#include "distil/field/scene/image_cache.h"

#include <gtest/gtest.h>

#include <atomic>
#include <numbers>
#include <thread>

#include "io/area_resize.h"
#include "support/hostile_input.h"
#include "support/temporary_folder.h"
#include "support/tiny_scene.h"

namespace retort::field {
namespace {

using tests::sample_picture;
using tests::TemporaryFolder;
using tests::tiny_model;
using tests::write_tiny_scene;

Scene cache_scene(const TemporaryFolder& folder, const ColmapModel& model, const std::string& resolution = "half") {
  write_tiny_scene(folder.path(), model);
  return load_scene({.path = folder.path().string(), .resolution = resolution});
}

TEST(ViewImage, is_resized_by_area) {
  TemporaryFolder folder;
  const auto scene = cache_scene(folder, tiny_model({"a.png", "b.png", "c.png"}));
  EXPECT_EQ(load_view_image(scene.views[0], {}).rgb.pixels, io::area_resize(sample_picture(48, 32, 3), 24, 16).pixels);
}

TEST(ViewImage, alpha_is_laid_over_the_background) {
  TemporaryFolder folder;
  const auto scene = cache_scene(folder, tiny_model({"a.png", "b.png", "c.png"}), "full");
  auto transparent = io::make_image(48, 32, 4);
  io::write_png(scene.views[0].image, transparent);
  EXPECT_EQ(load_view_image(scene.views[0], {255, 255, 255}).rgb.pixels[5], 255);
  EXPECT_EQ(load_view_image(scene.views[0], {0, 0, 0}).rgb.pixels[5], 0);
}

TEST(ViewImage, alpha_may_be_a_mask_instead) {
  TemporaryFolder folder;
  write_tiny_scene(folder.path(), tiny_model({"a.png", "b.png", "c.png"}));
  auto photo = io::make_image(48, 32, 4);
  for (int y = 0; y < 32; ++y) {
    for (int x = 0; x < 48; ++x) {
      uint8_t* pixel = photo.at(x, y);
      pixel[0] = pixel[1] = pixel[2] = 200;
      pixel[3] = x < 12 ? 0 : x < 24 ? 127 : x < 36 ? 128 : 255;
    }
  }
  io::write_png(folder / "images/a.png", photo);
  io::write_png(folder / "images/b.png", photo);
  std::filesystem::create_directories(folder / "masks");
  auto mask = io::make_image(48, 32, 1);
  for (int y = 0; y < 32; ++y) *mask.at(0, y) = 255;
  io::write_png(folder / "masks/b.png", mask);
  const auto scene = load_scene({.path = folder.path().string(), .alpha = AlphaUse::mask});
  const auto picture = load_view_image(scene.views[0], {});
  ASSERT_EQ(picture.mask.pixels.size(), size_t(48 * 32));
  for (int x = 0; x < 48; ++x) EXPECT_EQ(*picture.mask.at(x, 7), x < 24 ? 0 : 255) << x;
  // A mask of its own goes before alpha, and a photo without alpha counts everywhere.
  const auto masked = load_view_image(scene.views[1], {});
  ASSERT_EQ(masked.mask.pixels.size(), size_t(48 * 32));
  EXPECT_EQ(*masked.mask.at(0, 7), 255);
  EXPECT_EQ(*masked.mask.at(40, 7), 0);
  EXPECT_TRUE(load_view_image(scene.views[2], {}).mask.empty());
  // Laid over the background, all pixels count.
  const auto composite = load_scene({.path = folder.path().string()});
  EXPECT_TRUE(load_view_image(composite.views[0], {}).mask.empty());
}

TEST(ViewImage, masks_of_any_size_follow_the_photo) {
  TemporaryFolder folder;
  write_tiny_scene(folder.path(), tiny_model({"a.png", "s/b.png", "c.png"}));
  auto mask = io::make_image(96, 64, 1);
  for (int y = 0; y < 64; ++y) std::fill_n(mask.at(0, y), 48, uint8_t(255));
  std::filesystem::create_directories(folder / "masks/s");
  io::write_png(folder / "masks/a.png", mask);
  io::write_png(folder / "masks/s/b.png.png", mask);
  const auto scene = load_scene({.path = folder.path().string(), .resolution = "half"});
  for (const int view : {0, 2}) {
    const auto picture = load_view_image(scene.views[size_t(view)], {});
    ASSERT_EQ(picture.mask.pixels.size(), size_t(24 * 16));
    EXPECT_EQ(*picture.mask.at(11, 8), 255);
    EXPECT_EQ(*picture.mask.at(12, 8), 0);
  }
  EXPECT_TRUE(load_view_image(scene.views[1], {}).mask.empty());
}

TEST(ViewImage, distorted_photos_are_straightened_and_masked) {
  TemporaryFolder folder;
  auto model = tiny_model({"a.png", "b.png", "c.png"});
  model.cameras[1].model = LensModel::opencv;
  model.cameras[1].k1 = 0.3;
  const auto scene = cache_scene(folder, model, "full");
  const auto picture = load_view_image(scene.views[0], {});
  ASSERT_EQ(picture.mask.pixels.size(), size_t(48 * 32));
  EXPECT_EQ(*picture.mask.at(0, 0), 0);
  EXPECT_EQ(*picture.mask.at(24, 16), 255);
  EXPECT_EQ(picture.rgb.at(0, 0)[0], 0);
  const auto straight = sample_picture(48, 32, 3);
  EXPECT_NE(picture.rgb.pixels, straight.pixels);
  EXPECT_NEAR(picture.rgb.at(25, 15)[0], straight.at(25, 15)[0], 3);  // the middle hardly moves
}

TEST(ViewImage, fisheye_photos_fill_the_pinholes_picture) {
  TemporaryFolder folder;
  auto model = tiny_model({"a.png", "b.png", "c.png"});
  model.cameras[1].model = LensModel::opencv_fisheye;
  model.cameras[1].fx = model.cameras[1].fy = 16;  // 172 degrees across
  const auto scene = cache_scene(folder, model, "half");
  EXPECT_EQ(scene.views[0].camera.width, 24);
  EXPECT_NEAR(scene.views[0].camera.fov_x() * 180 / std::numbers::pi, 110, 3);
  const auto picture = load_view_image(scene.views[0], {});
  EXPECT_EQ(picture.rgb.width, 24);
  EXPECT_TRUE(picture.mask.empty());  // no pixel lies beyond the photo
}

TEST(ImageCache, gives_the_same_pictures_whatever_the_budget_and_threads) {
  TemporaryFolder folder;
  const auto scene = cache_scene(folder, tiny_model({"a.png", "b.png", "c.png", "d.png"}));
  for (const int budget_mb : {0, 1}) {
    for (const int workers : {0, 2}) {
      const auto cache = make_image_cache(scene, {.image_cache_mb = budget_mb, .workers = workers});
      for (const int view : {0, 1, 0, 3, 2, 2, 0}) {
        cache->prefetch((view + 1) % 4);
        EXPECT_EQ(cache->get(view)->rgb.pixels, load_view_image(scene.views[size_t(view)], {}).rgb.pixels);
      }
    }
  }
}

TEST(ImageCache, keeps_what_fits_and_drops_what_was_used_longest_ago) {
  TemporaryFolder folder;
  auto scene = cache_scene(folder, tiny_model({"a.png", "b.png", "c.png"}), "full");
  for (auto& view : scene.views) {  // 540,000 bytes each: one and a bit in 1 MB
    view.camera.width = 600;
    view.camera.height = 300;
  }
  const auto cache = make_image_cache(scene, {.image_cache_mb = 1, .workers = 0});
  const auto first = cache->get(0);
  EXPECT_EQ(cache->get(0), first);
  cache->get(1);
  EXPECT_EQ(cache->get(1).use_count(), 2);  // the cache's and this one
  EXPECT_NE(cache->get(0), first);          // was dropped for view 1
}

TEST(ImageCache, many_readers_see_one_picture_each) {
  TemporaryFolder folder;
  const auto scene = cache_scene(folder, tiny_model({"a.png", "b.png", "c.png"}));
  const auto cache = make_image_cache(scene, {.image_cache_mb = 1, .workers = 2});
  const auto expected = load_view_image(scene.views[1], {}).rgb.pixels;
  std::atomic<int> right = 0;
  std::vector<std::thread> readers;
  for (int reader = 0; reader < 4; ++reader) {
    readers.emplace_back([&] {
      for (int i = 0; i < 20; ++i) {
        cache->prefetch(i % 3);
        right += cache->get(1)->rgb.pixels == expected;
      }
    });
  }
  for (auto& reader : readers) reader.join();
  EXPECT_EQ(right, 80);
}

TEST(ImageCache, a_bad_photo_is_reported_each_time_it_is_asked_for) {
  TemporaryFolder folder;
  const auto scene = cache_scene(folder, tiny_model({"a.png", "b.png", "c.png"}));
  const std::string whole = io::read_whole_file(scene.views[1].image, 1 << 20);
  io::write_whole_file(scene.views[1].image, whole.substr(0, whole.size() / 2));
  const auto cache = make_image_cache(scene, {.image_cache_mb = 1, .workers = 1});
  cache->prefetch(1);
  for (int i = 0; i < 3; ++i) {
    EXPECT_NE(tests::refusal_of([&] { cache->get(1); }).find("b.png: damaged PNG"), std::string::npos);
  }
  EXPECT_NO_THROW(cache->get(0));
  io::write_whole_file(scene.views[1].image, whole);
  EXPECT_NO_THROW(cache->get(1));
}

}  // namespace
}  // namespace retort::field
