// Scenes whose photos are frames of a film.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "distil/field/scene/scene_options.h"

namespace retort::field {

/// Where the photos that the poses name are all absent, and one film (.mp4, .mov, .mkv ...) lies in the scene's folder,
/// takes them out of the film to where they should be: the last number in a name is the frame's number in the film,
/// counted from 0, as `retort field frames` names frames. The folder of the photos appears whole or not at all. Returns
/// a note for people; empty where nothing was to be done. UserError (place, remedy) for photos in several folders or in
/// the scene's own, names without a number or with the same one, several films, and whatever io/film_frames.h refuses.
std::string take_photos_from_film(const SceneOptions& options, const std::vector<std::filesystem::path>& photos);

/// The films in a folder, sorted by name.
std::vector<std::filesystem::path> films_in(const std::filesystem::path& folder);

}  // namespace retort::field
