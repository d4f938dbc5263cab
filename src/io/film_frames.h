// Pictures out of films, through ffmpeg where it is installed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

namespace retort::io {

/// Whether the ending is one of a film's: .mp4, .m4v, .mov, .mkv, .webm, .avi (in any case).
bool is_film_name(const std::filesystem::path& path);

/// The name of a film's frame, counted from 0: "frame_000012.png".
std::string film_frame_name(int64_t number);

/// Every `every`-th frame from the first into a new `folder`, under film_frame_name() of its number in the film;
/// returns how many. The folder appears when all are there, or not at all. UserError when ffmpeg is not installed or
/// can't read the film, or something lies at `folder` already.
int64_t take_every_nth_frame(const std::filesystem::path& film, int64_t every, const std::filesystem::path& folder);

/// The frames of these numbers into a new `folder`, each under its name: a file name without folders that ends in .png,
/// .jpg or .jpeg, the same for all. Else as above; UserError also for a film with fewer frames.
void take_frames(const std::filesystem::path& film, const std::map<int64_t, std::string>& names,
                 const std::filesystem::path& folder);

}  // namespace retort::io
