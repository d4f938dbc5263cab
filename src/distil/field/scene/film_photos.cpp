#include "distil/field/scene/film_photos.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "core/errors.h"
#include "core/text.h"
#include "distil/field/scene/paths.h"
#include "io/film_frames.h"

namespace retort::field {
namespace {

constexpr int64_t last_frame = 100'000'000;

// The last run of digits in a name without its ending.
int64_t frame_number(const std::filesystem::path& photo, const std::filesystem::path& film) {
  const std::string stem = photo.stem().string(), digits = "0123456789";
  const size_t last = stem.find_last_of(digits);
  int64_t number = -1;
  if (last != std::string::npos) {
    const size_t before = stem.find_last_not_of(digits, last);
    const size_t first = before == std::string::npos ? 0 : before + 1;
    if (!parse_integer(stem.substr(first, last + 1 - first), number)) number = -1;
  }
  if (number < 0 || number > last_frame) {
    user_error(
        "{}: '{}' is absent, and its name holds no number of a frame; name photos as `retort field frames` does: {}",
        film.string(), photo.filename().string(), io::film_frame_name(12));
  }
  return number;
}

}  // namespace

std::vector<std::filesystem::path> films_in(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> films;
  std::error_code unreadable;
  for (const auto& entry : std::filesystem::directory_iterator(folder, unreadable)) {
    if (io::is_film_name(entry.path()) && entry.is_regular_file(unreadable)) films.push_back(entry.path());
  }
  std::sort(films.begin(), films.end());
  return films;
}

std::string take_photos_from_film(const SceneOptions& options, const std::vector<std::filesystem::path>& photos) {
  if (photos.empty() || std::any_of(photos.begin(), photos.end(), path_exists)) return "";
  const auto films = films_in(options.path);
  if (films.empty()) return "";
  if (films.size() > 1) {
    user_error("{}: the photos are absent, and {} films are there; leave the one that the poses belong to",
               options.path, films.size());
  }
  const auto& film = films[0];
  const auto folder = photos[0].parent_path();
  std::map<int64_t, std::string> names;
  for (const auto& photo : photos) {
    if (photo.parent_path() != folder ||
        std::filesystem::weakly_canonical(folder) == std::filesystem::weakly_canonical(options.path)) {
      user_error(
          "{}: the photo {} is absent; to be taken out of the film, all photos must lie in one folder below the scene, "
          "such as images/{}",
          film.string(), photo.string(), io::film_frame_name(12));
    }
    const int64_t number = frame_number(photo, film);
    const auto [other, is_new] = names.emplace(number, photo.filename().string());
    if (!is_new) {
      user_error("{}: '{}' and '{}' are the same frame {}; name photos as `retort field frames` does: {}",
                 film.string(), other->second, photo.filename().string(), number, io::film_frame_name(12));
    }
  }
  io::take_frames(film, names, folder);
  return fmt::format("{} frames were taken out of {} into {}", names.size(), film.string(), folder.string());
}

}  // namespace retort::field
