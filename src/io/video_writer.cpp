#include "io/video_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/errors.h"

namespace retort::io {

namespace {
constexpr std::array film_endings = {".mp4", ".webm", ".mkv", ".mov", ".gif"};

// Most players want sides that halve and chroma at half size; GIF has palettes instead.
std::vector<std::string> output_arguments(const std::filesystem::path& film) {
  std::vector<std::string> arguments;
  if (film.extension() != ".gif") {
    arguments = {"-vf", "pad=ceil(iw/2)*2:ceil(ih/2)*2", "-pix_fmt", "yuv420p"};
  }
  return arguments;
}
}  // namespace

VideoWriter::VideoWriter(std::filesystem::path path, int frames_per_second)
    : path_(std::move(path)), frames_per_second_(frames_per_second) {
  check_ending(path_);
  if (!available()) user_error("{}: ffmpeg is not installed (PATH holds none)", path_.string());
  // ffmpeg chooses the container by the ending, so the partial file keeps it.
  partial_ = path_.parent_path() / (path_.stem().string() + ".partial" + path_.extension().string());
}

VideoWriter::~VideoWriter() {
  coder_.reset();
  std::error_code ignored;
  std::filesystem::remove(partial_, ignored);
}

void VideoWriter::check_ending(const std::filesystem::path& path) {
  if (std::find(film_endings.begin(), film_endings.end(), path.extension().string()) == film_endings.end()) {
    user_error("{}: no film ends in '{}'; one of {}", path.string(), path.extension().string(),
               fmt::join(film_endings, ", "));
  }
}

std::string VideoWriter::command_for(const std::filesystem::path& folder, int frames_per_second,
                                     const std::filesystem::path& film) {
  std::string command =
      fmt::format("ffmpeg -framerate {} -i '{}'", frames_per_second, (folder / "frame_%04d.png").string());
  for (const auto& argument : output_arguments(film)) command += fmt::format(" '{}'", argument);
  return command + fmt::format(" '{}'", film.string());
}

void VideoWriter::add(const Image& frame) {
  RT_CHECK(frame.channels == 3, "video: a frame of {} channels", frame.channels);
  if (!coder_) {
    width_ = frame.width;
    height_ = frame.height;
    std::vector<std::string> arguments = {"-hide_banner", "-loglevel",
                                          "error",        "-y",
                                          "-f",           "rawvideo",
                                          "-pix_fmt",     "rgb24",
                                          "-s",           fmt::format("{}x{}", width_, height_),
                                          "-r",           std::to_string(frames_per_second_),
                                          "-i",           "pipe:0"};
    const auto output = output_arguments(path_);
    arguments.insert(arguments.end(), output.begin(), output.end());
    // A name that begins with a dash would pass for an option.
    arguments.push_back("file:" + partial_.string());
    coder_.emplace(*find_program("ffmpeg"), arguments);
  }
  RT_CHECK(frame.width == width_ && frame.height == height_, "video: a frame of {}x{} after frames of {}x{}",
           frame.width, frame.height, width_, height_);
  coder_->write(frame.pixels);
}

void VideoWriter::finish() {
  RT_CHECK(coder_.has_value(), "video: no frames");
  coder_->finish();
  std::error_code failure;
  std::filesystem::rename(partial_, path_, failure);
  if (failure) fault("{}: {}", path_.string(), failure.message());
}

}  // namespace retort::io
