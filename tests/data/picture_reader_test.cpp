#include "data/picture_reader.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <fstream>

#include "io/image.h"
#include "support/registered_transforms.h"
#include "support/temporary_folder.h"
#include "support/user_error.h"

namespace retort::data {
namespace {

void write_even_picture(const std::filesystem::path& file, int width, int height, std::vector<uint8_t> colour) {
  auto image = io::make_image(width, height, int(colour.size()));
  for (size_t i = 0; i < image.pixels.size(); ++i) image.pixels[i] = colour[i % colour.size()];
  io::write_png(file, image);
}

TEST(PictureReader, APictureOfTheSetsSizeIsNotResized) {
  const tests::TemporaryFolder folder;
  auto image = io::make_image(4, 4, 3);
  for (size_t i = 0; i < image.pixels.size(); ++i) image.pixels[i] = uint8_t(5 * i);
  io::write_png(folder / "a.png", image);
  const PictureReader reader(tests::pipeline_of({"normalise(half)"}), {.channels = 3, .height = 4, .width = 4});
  const auto values = reader.read(folder / "a.png");
  ASSERT_EQ(values.sizes(), (at::IntArrayRef{3, 4, 4}));
  EXPECT_NEAR(values[1][0][2].item<double>(), (5 * 7 / 255. - 0.5) / 0.5, 1e-6);  // green of the third pixel
}

TEST(PictureReader, OthersAreResizedToIt) {
  const tests::TemporaryFolder folder;
  // Left half dark, right half bright: a crop that came before the resizing would see one half or the seam alone.
  auto image = io::make_image(80, 40, 3);
  for (size_t i = 0; i < image.pixels.size(); ++i) image.pixels[i] = (i / 3) % 80 < 40 ? 0 : 200;
  io::write_png(folder / "wide.png", image);
  write_even_picture(folder / "tiny.png", 2, 3, {10, 20, 30});
  const PictureReader reader(tests::pipeline_of({"centre_crop(size=6)"}), {.channels = 3, .height = 8, .width = 8});
  const auto wide = reader.read(folder / "wide.png");
  ASSERT_EQ(wide.sizes(), (at::IntArrayRef{3, 6, 6}));
  EXPECT_LT(wide[0][3][0].item<double>(), 0.1);
  EXPECT_GT(wide[0][3][5].item<double>(), 0.7);
  EXPECT_NEAR(reader.read(folder / "tiny.png")[2][0][0].item<double>(), 30 / 255., 1e-6);
}

TEST(PictureReader, OpenSizesAndGreyAreKept) {
  const tests::TemporaryFolder folder;
  write_even_picture(folder / "a.png", 5, 3, {30, 60, 90});
  EXPECT_EQ(PictureReader({}, {}).read(folder / "a.png").sizes(), (at::IntArrayRef{3, 3, 5}));
  const auto grey = PictureReader({}, {.channels = 1}).read(folder / "a.png");
  ASSERT_EQ(grey.sizes(), (at::IntArrayRef{1, 3, 5}));
  EXPECT_NEAR(grey[0][0][0].item<double>(), 60 / 255., 1e-6);
}

TEST(PictureReader, DamagedPicturesAndTransformsThatDoNotSuitAreNamed) {
  const tests::TemporaryFolder folder;
  std::ofstream(folder / "a.png") << "no picture";
  write_even_picture(folder / "b.png", 5, 3, {30, 60, 90});
  const auto damaged = tests::user_error_of([&] { PictureReader({}, {}).read(folder / "a.png"); });
  EXPECT_NE(damaged.find("a.png"), std::string::npos) << damaged;
  const PictureReader reader(tests::pipeline_of({"normalise(mean=0.5 0.5,stddev=1 1)"}), {});
  const auto unsuited = tests::user_error_of([&] { reader.read(folder / "b.png"); });
  EXPECT_NE(unsuited.find("b.png: normalise"), std::string::npos) << unsuited;
}

TEST(FindPictures, TakesFilesAsTheyAreAndFoldersSorted) {
  const tests::TemporaryFolder folder;
  std::filesystem::create_directories(folder / "d/e");
  for (const char* name : {"d/b.png", "d/a.jpg", "d/e/c.png", "d/notes.txt", "last.bin"})
    std::ofstream(folder / name) << "x";
  const auto found = find_pictures({(folder / "last.bin").string(), (folder / "d").string()});
  const std::vector<std::filesystem::path> want = {folder / "last.bin", folder / "d/a.jpg", folder / "d/b.png",
                                                   folder / "d/e/c.png"};
  EXPECT_EQ(found, want);
  EXPECT_NE(tests::user_error_of([&] { find_pictures({(folder / "absent").string()}); }).find("no such picture"),
            std::string::npos);
  std::filesystem::create_directory(folder / "empty");
  EXPECT_NE(tests::user_error_of([&] { find_pictures({(folder / "empty").string()}); }).find("no PNG"),
            std::string::npos);
}

}  // namespace
}  // namespace retort::data
