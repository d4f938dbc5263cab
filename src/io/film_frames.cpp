#include "io/film_frames.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "core/errors.h"
#include "io/subprocess.h"

namespace retort::io {
namespace {

constexpr size_t most_named_frames = 5000;  // their numbers go into one argument of the command line

std::string lower_ending(const std::filesystem::path& path) {
  std::string ending = path.extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(), [](unsigned char c) { return char(std::tolower(c)); });
  return ending;
}

// A folder that gets its name when it is whole, and vanishes otherwise.
class PartialFolder {
 public:
  explicit PartialFolder(std::filesystem::path folder)
      : folder_(std::move(folder)), partial_(folder_.string() + ".partial") {
    std::error_code failure;
    if (std::filesystem::exists(folder_, failure) && !std::filesystem::is_empty(folder_, failure)) {
      user_error("{}: is there already; frames are taken out into a folder of their own", folder_.string());
    }
    std::filesystem::remove_all(partial_, failure);
    std::filesystem::create_directories(partial_, failure);
    if (failure) user_error("{}: can't be made: {}", partial_.string(), failure.message());
  }
  ~PartialFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(partial_, ignored);
  }
  PartialFolder(const PartialFolder&) = delete;
  PartialFolder& operator=(const PartialFolder&) = delete;

  const std::filesystem::path& path() const { return partial_; }
  void commit() {
    std::error_code failure;
    std::filesystem::rename(partial_, folder_, failure);
    if (failure) user_error("{}: {}", folder_.string(), failure.message());
  }

 private:
  std::filesystem::path folder_, partial_;
};

// Where ffmpeg's i-th picture (from 1) lies; a percent sign in a folder's name is not a place for the number.
std::filesystem::path picture_in(const std::filesystem::path& folder, int64_t index, const std::string& ending) {
  return folder / (std::to_string(index) + ending);
}

// The frames n of which `chosen` (an expression of ffmpeg) is not 0, as 1.png, 2.png ...; how many there are.
int64_t run_ffmpeg(const std::filesystem::path& film, const std::string& chosen, const std::filesystem::path& folder,
                   const std::string& ending) {
  const auto program = find_program("ffmpeg");
  if (!program) {
    user_error("{}: ffmpeg is not installed (PATH holds none); install it, or take the frames out elsewhere",
               film.string());
  }
  if (!std::filesystem::is_regular_file(film)) user_error("{}: no such film", film.string());
  std::string pattern = folder.string();
  for (size_t at = 0; (at = pattern.find('%', at)) != std::string::npos; at += 2) pattern.insert(at, "%");
  // The chosen frames follow each other at the output's own rate, so that none is doubled or dropped. A file may refer
  // to others: never over the network.
  Subprocess ffmpeg(
      *program, {"-hide_banner", "-loglevel", "error", "-nostdin", "-protocol_whitelist", "file", "-i",
                 "file:" + film.string(), "-an", "-vf", fmt::format("select='{}',settb=1/25,setpts=N", chosen), "-r",
                 "25", "-pix_fmt", ending == ".png" ? "rgb24" : "yuvj420p", "-q:v", "2",
                 "file:" + (std::filesystem::path(pattern) / ("%d" + ending)).string()});
  try {
    ffmpeg.finish();
  } catch (const Fault& failure) {
    user_error("{}: no frames could be taken out of it: {}", film.string(), failure.what());
  }
  int64_t count = 0;
  while (std::filesystem::exists(picture_in(folder, count + 1, ending))) ++count;
  if (count == 0) user_error("{}: a film without pictures", film.string());
  return count;
}

}  // namespace

bool is_film_name(const std::filesystem::path& path) {
  const auto ending = lower_ending(path);
  return ending == ".mp4" || ending == ".m4v" || ending == ".mov" || ending == ".mkv" || ending == ".webm" ||
         ending == ".avi";
}

std::string film_frame_name(int64_t number) { return fmt::format("frame_{:06}.png", number); }

int64_t take_every_nth_frame(const std::filesystem::path& film, int64_t every, const std::filesystem::path& folder) {
  RT_CHECK(every > 0, "film frames: every {}th", every);
  PartialFolder partial(folder);
  const int64_t count = run_ffmpeg(film, fmt::format("not(mod(n,{}))", every), partial.path(), ".png");
  for (int64_t i = 0; i < count; ++i) {
    std::filesystem::rename(picture_in(partial.path(), i + 1, ".png"), partial.path() / film_frame_name(i * every));
  }
  partial.commit();
  return count;
}

void take_frames(const std::filesystem::path& film, const std::map<int64_t, std::string>& names,
                 const std::filesystem::path& folder) {
  RT_CHECK(!names.empty(), "film frames: none");
  const std::string ending = lower_ending(names.begin()->second);
  std::string chosen;
  for (const auto& [number, name] : names) {
    if ((ending != ".png" && ending != ".jpg" && ending != ".jpeg") || lower_ending(name) != ending) {
      user_error("{}: frame '{}': frames are taken out as .png, .jpg or .jpeg, all as the same", film.string(), name);
    }
    chosen += fmt::format("{}eq(n,{})", chosen.empty() ? "" : "+", number);
  }
  if (names.size() > most_named_frames) {
    user_error("{}: {} frames are named, more than {}; take them out with `retort field frames`", film.string(),
               names.size(), most_named_frames);
  }
  PartialFolder partial(folder);
  const int64_t count = run_ffmpeg(film, chosen, partial.path(), ending);
  if (count != int64_t(names.size())) {
    user_error("{}: holds {} of {} frames that are named, up to number {} (the first is 0)", film.string(), count,
               names.size(), names.rbegin()->first);
  }
  // By way of names that none of ffmpeg's can be.
  int64_t index = 0;
  for (const auto& [number, name] : names) {
    std::filesystem::rename(picture_in(partial.path(), ++index, ending), partial.path() / (name + ".taken"));
  }
  for (const auto& [number, name] : names) {
    std::filesystem::rename(partial.path() / (name + ".taken"), partial.path() / name);
  }
  partial.commit();
}

}  // namespace retort::io
