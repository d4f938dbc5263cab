#include "io/video_writer.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <fstream>

#include "core/errors.h"
#include "io/atomic_file.h"
#include "support/temporary_folder.h"

namespace retort::io {
namespace {

// A folder that is PATH's only one beside the system's, with a program named ffmpeg in it.
class VideoWriterTest : public testing::Test {
 protected:
  void SetUp() override {
    old_path_ = getenv("PATH");
    setenv("PATH", (folder_.path().string() + ":" + old_path_).c_str(), 1);
  }
  void TearDown() override { setenv("PATH", old_path_.c_str(), 1); }
  void make_ffmpeg(const std::string& script) {
    const auto file = folder_ / "ffmpeg";
    std::ofstream(file) << "#!/bin/sh\n" << script;
    std::filesystem::permissions(file, std::filesystem::perms::owner_all);
  }
  tests::TemporaryFolder folder_;
  std::string old_path_;
};

Image grey_frame(int width, int height, uint8_t value) {
  auto image = make_image(width, height, 3);
  std::fill(image.pixels.begin(), image.pixels.end(), value);
  return image;
}

TEST_F(VideoWriterTest, HandsAllFramesToFfmpegAndRenamesItsFile) {
  // The last argument is the output: "file:" and the partial name. What came in is written there.
  make_ffmpeg("for last; do :; done; cat > \"${last#file:}\"\n");
  const auto film = folder_ / "o'r bit.mp4";
  VideoWriter writer(film, 25);
  for (int frame = 0; frame < 3; ++frame) writer.add(grey_frame(5, 4, static_cast<uint8_t>(frame + 1)));
  EXPECT_FALSE(std::filesystem::exists(film));
  writer.finish();
  const auto content = read_whole_file(film, 1000);
  ASSERT_EQ(content.size(), 3u * 5 * 4 * 3);
  EXPECT_EQ(content[0], 1);
  EXPECT_EQ(content[60], 2);
  EXPECT_EQ(content.back(), 3);
}

TEST_F(VideoWriterTest, PassesOnWhatFfmpegComplainsOf) {
  make_ffmpeg("cat > /dev/null; echo 'no such coder' >&2; exit 3\n");
  VideoWriter writer(folder_ / "a.mp4", 25);
  writer.add(grey_frame(2, 2, 0));
  try {
    writer.finish();
    FAIL();
  } catch (const Fault& failure) {
    EXPECT_NE(std::string(failure.what()).find("exit status 3; it said: no such coder"), std::string::npos)
        << failure.what();
  }
}

TEST_F(VideoWriterTest, ReportsAnFfmpegThatStopsReading) {
  make_ffmpeg("echo 'bad size' >&2; exit 1\n");
  VideoWriter writer(folder_ / "a.mp4", 25);
  const auto frame = grey_frame(1000, 1000, 0);
  EXPECT_THROW(
      {
        for (int index = 0; index < 10; ++index) writer.add(frame);
        writer.finish();
      },
      Fault);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "a.mp4"));
}

TEST_F(VideoWriterTest, RefusesWhatIsNoFilm) {
  EXPECT_THROW(VideoWriter::check_ending("a.png"), UserError);
  EXPECT_NO_THROW(VideoWriter::check_ending("a.gif"));
}

}  // namespace
}  // namespace retort::io
