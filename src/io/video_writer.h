// Films through ffmpeg, where it is installed.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "io/image.h"
#include "io/subprocess.h"

namespace retort::io {

/// Frames -> one film, coded as the file's ending says (.mp4, .webm, .mkv, .mov, .gif). The file appears under its name
/// when the film is whole.
class VideoWriter {
 public:
  /// UserError for another ending, or when ffmpeg is not installed (ask available() first).
  VideoWriter(std::filesystem::path path, int frames_per_second);
  ~VideoWriter();

  static bool available() { return find_program("ffmpeg").has_value(); }
  /// UserError unless the path ends as a film can.
  static void check_ending(const std::filesystem::path& path);
  /// The command that makes a film of pictures named frame_0000.png ... in `folder`.
  static std::string command_for(const std::filesystem::path& folder, int frames_per_second,
                                 const std::filesystem::path& film);

  /// RGB, all of one size; an odd side loses nothing but is padded by one black column or row.
  void add(const Image& frame);
  /// Fault, with ffmpeg's words, when the film could not be made.
  void finish();

 private:
  std::filesystem::path path_, partial_;
  int frames_per_second_;
  int width_ = 0, height_ = 0;
  std::optional<Subprocess> coder_;
};

}  // namespace retort::io
