#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>

#include "cli/failures.h"
#include "cli/field_verbs.h"
#include "io/film_frames.h"

namespace retort::cli {

namespace {
struct FramesVerbOptions {
  std::string film, output;
  int64_t every = 10;
};

int take_frames_out(const FramesVerbOptions& options) {
  const auto folder = std::filesystem::path(options.output) / "images";
  const int64_t count = io::take_every_nth_frame(options.film, options.every, folder);
  fmt::print("{}: {} frames, every {}th of {}\n", folder.string(), count, options.every, options.film);
  return exit_done;
}
}  // namespace

Verb make_field_frames_verb() {
  return {.name = "frames",
          .heading = "",
          .summary = "takes photos out of a film through ffmpeg, for COLMAP to find their poses",
          .examples = {{"field frames walk.mp4 --output walk --every 15", "every 15th frame into walk/images"},
                       {"field frames walk.mov --output walk --every 1", "all frames"}},
          .add_options = [](CLI::App& parser) -> Action {
            auto options = std::make_shared<FramesVerbOptions>();
            parser.add_option("FILM", options->film, "an .mp4, .mov, .mkv or what else ffmpeg reads")->required();
            parser.add_option("--output", options->output, "the scene's folder; the frames go into images/ there")
                ->required();
            parser.add_option("--every", options->every, "keep every so manyth frame, from the first")
                ->check(CLI::Range(int64_t{1}, int64_t{1'000'000}))
                ->capture_default_str();
            return [options](Invocation&) { return take_frames_out(*options); };
          },
          .verbs = {}};
}

}  // namespace retort::cli
