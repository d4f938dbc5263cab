#include "io/film_frames.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <fstream>

#include "io/atomic_file.h"
#include "io/video_writer.h"
#include "support/hostile_input.h"
#include "support/temporary_folder.h"

namespace retort::io {
namespace {

using tests::refusal_of;
using tests::TemporaryFolder;

constexpr int film_frames = 24;
uint8_t grey_of_frame(int64_t number) { return uint8_t(30 + 8 * number); }

// A film whose n-th frame is grey_of_frame(n) all over.
void make_film(const std::filesystem::path& path) {
  VideoWriter writer(path, 10);
  for (int number = 0; number < film_frames; ++number) {
    auto frame = make_image(32, 24, 3);
    std::fill(frame.pixels.begin(), frame.pixels.end(), grey_of_frame(number));
    writer.add(frame);
  }
  writer.finish();
}

void expect_frame(const std::filesystem::path& file, int64_t number) {
  const auto picture = read_image(file);
  ASSERT_EQ(picture.width, 32) << file;
  EXPECT_NEAR(*picture.at(16, 12), grey_of_frame(number), 3) << file;
}

TEST(FilmFrames, EveryNthIsNamedByItsNumber) {
  if (!VideoWriter::available()) GTEST_SKIP() << "needs ffmpeg";
  TemporaryFolder folder;
  for (const char* name : {"a.mp4", "it's 100%, [b].mkv", "-c.mov"}) {
    const auto film = folder / name;
    make_film(film);
    const auto frames = folder / (std::string(name) + " %d frames");
    EXPECT_EQ(take_every_nth_frame(film, 7, frames), 4);
    for (const int number : {0, 7, 14, 21}) expect_frame(frames / film_frame_name(number), number);
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(frames), {}), 4);
    EXPECT_NE(refusal_of([&] { take_every_nth_frame(film, 7, frames); }).find("is there already"), std::string::npos);
  }
}

TEST(FilmFrames, NamedOnesAreTakenAlone) {
  if (!VideoWriter::available()) GTEST_SKIP() << "needs ffmpeg";
  TemporaryFolder folder;
  make_film(folder / "a.mp4");
  take_frames(folder / "a.mp4", {{1, "2.jpg"}, {2, "1.jpg"}, {20, "x y.jpg"}}, folder / "some");
  expect_frame(folder / "some/2.jpg", 1);
  expect_frame(folder / "some/1.jpg", 2);
  expect_frame(folder / "some/x y.jpg", 20);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder / "some"), {}), 3);
}

TEST(FilmFrames, WholeOrNotAtAll) {
  if (!VideoWriter::available()) GTEST_SKIP() << "needs ffmpeg";
  TemporaryFolder folder;
  make_film(folder / "a.mp4");
  const auto frames = folder / "frames";
  EXPECT_NE(refusal_of([&] {
              take_frames(folder / "a.mp4", {{0, "a.png"}, {24, "b.png"}}, frames);
            }).find("holds 1 of 2 frames that are named, up to number 24"),
            std::string::npos);
  const auto film = read_whole_file(folder / "a.mp4", 1 << 20);
  write_whole_file(folder / "damaged.mp4", std::string(5000, 'x'));
  write_whole_file(folder / "cut.mp4", film.substr(0, film.size() / 2));
  for (const char* name : {"damaged.mp4", "cut.mp4", "absent.mp4"}) {
    EXPECT_NE(refusal_of([&] { take_every_nth_frame(folder / name, 1, frames); }).find(name), std::string::npos);
  }
  EXPECT_FALSE(std::filesystem::exists(frames));
  EXPECT_FALSE(std::filesystem::exists(folder / "frames.partial"));
}

TEST(FilmFrames, WhatIsNoPictureIsRefused) {
  TemporaryFolder folder;
  EXPECT_NE(refusal_of([&] { take_frames("a.mp4", {{0, "a.gif"}}, folder / "f"); }).find("'a.gif'"), std::string::npos);
  EXPECT_FALSE(refusal_of([&] { take_frames("a.mp4", {{0, "a.png"}, {1, "b.jpg"}}, folder / "f"); }).empty());
  std::map<int64_t, std::string> many;
  for (int64_t number = 0; number < 5001; ++number) many[number] = film_frame_name(number);
  EXPECT_NE(refusal_of([&] { take_frames("a.mp4", many, folder / "f"); }).find("more than 5000"), std::string::npos);
  EXPECT_TRUE(is_film_name("A.MP4"));
  EXPECT_FALSE(is_film_name("a.png"));
}

TEST(FilmFrames, WithoutFfmpegThatIsSaid) {
  TemporaryFolder folder;
  std::ofstream(folder / "a.mp4") << "x";
  const std::string path = getenv("PATH");
  setenv("PATH", folder.path().c_str(), 1);
  const auto message = refusal_of([&] { take_every_nth_frame(folder / "a.mp4", 1, folder / "f"); });
  setenv("PATH", path.c_str(), 1);
  EXPECT_NE(message.find("ffmpeg is not installed"), std::string::npos) << message;
  EXPECT_FALSE(std::filesystem::exists(folder / "f"));
}

}  // namespace
}  // namespace retort::io
