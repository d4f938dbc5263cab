#include "distil/field/teachers/vocabulary.h"

#include <ATen/ATen.h>

#include <nlohmann/json.hpp>

#include "core/errors.h"
#include "core/text.h"
#include "distil/field/teachers/feature_basis.h"
#include "io/array.h"
#include "io/json.h"
#include "io/npy.h"
#include "io/safetensors.h"
#include "io/tensor/tensor_io.h"

namespace retort::field {

namespace {
constexpr size_t names_in_message = 30;
constexpr int64_t max_direction_channels = 1 << 20;

at::Tensor checked_direction(const io::Array& array, const std::string& place, const std::string& name) {
  if (array.dimensions() != 1 || array.count() < 1 || array.count() > max_direction_channels ||
      !io::is_floating(array.dtype))
    user_error("{}: '{}' is {} {}; a direction is one floating vector [C]", place, name, io::name_of(array.dtype),
               io::shape_text(array.shape));
  auto direction = io::to_tensor(array).to(at::kFloat);
  if (!at::isfinite(direction).all().item<bool>()) user_error("{}: '{}' has values that are not finite", place, name);
  if (direction.abs().max().item<float>() == 0) user_error("{}: '{}' is all zeros, which points nowhere", place, name);
  return direction;
}

io::NamedArrays folder_of_directions(const std::filesystem::path& folder) {
  io::NamedArrays arrays;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error))
    if (entry->path().extension() == ".npy") arrays[entry->path().stem().string()] = io::read_npy(entry->path());
  if (error) user_error("{}: can't list the vocabulary: {}", folder.string(), error.message());
  return arrays;
}

io::NamedArrays listing_of_directions(const std::filesystem::path& file) {
  const auto listing = io::read_json(file);
  if (!listing.is_object())
    user_error("{}: a vocabulary is an object {{\"name\": [numbers] or \"file.npy\"}}", file.string());
  io::NamedArrays arrays;
  for (const auto& [name, value] : listing.items()) {
    if (value.is_string()) {
      arrays[name] = io::read_npy(file.parent_path() / value.get<std::string>());
      continue;
    }
    std::vector<float> numbers;
    if (value.is_array())
      for (const auto& number : value)
        if (number.is_number()) numbers.push_back(number.get<float>());
    if (!value.is_array() || numbers.size() != value.size())
      user_error("{}: '{}' is neither a list of numbers nor the name of a .npy file", file.string(), name);
    arrays[name] = io::make_array({static_cast<int64_t>(numbers.size())}, numbers);
  }
  return arrays;
}

io::NamedArrays read_directions(const std::filesystem::path& place) {
  std::error_code ignored;
  if (std::filesystem::is_directory(place, ignored)) return folder_of_directions(place);
  if (place.extension() == ".safetensors") return io::read_safetensors(place).tensors;
  if (place.extension() == ".json") return listing_of_directions(place);
  user_error("{}: a vocabulary is a folder of <name>.npy, a .safetensors or a .json file", place.string());
}
}  // namespace

Vocabulary Vocabulary::load(const std::filesystem::path& place) {
  Vocabulary vocabulary;
  vocabulary.origin_ = place.string();
  for (const auto& [name, array] : read_directions(place)) {
    const auto direction = checked_direction(array, vocabulary.origin_, name);
    if (vocabulary.size() > 0 && direction.size(0) != vocabulary.channels())
      user_error("{}: '{}' has {} values, '{}' has {}; all words live in one space", vocabulary.origin_, name,
                 direction.size(0), vocabulary.names().front(), vocabulary.channels());
    vocabulary.directions_[name] = direction;
  }
  if (vocabulary.size() == 0) user_error("{}: holds no words; <name>.npy files are wanted", vocabulary.origin_);
  return vocabulary;
}

void Vocabulary::add(const std::string& name, const at::Tensor& direction) {
  RT_CHECK(direction.dim() == 1 && (size() == 0 || direction.size(0) == channels()), "vocabulary: '{}' is {}", name,
           io::shape_text(direction.sizes().vec()));
  directions_[name] = direction.detach().to(at::kCPU, at::kFloat).contiguous().clone();
}

int64_t Vocabulary::channels() const {
  RT_CHECK(size() > 0, "{}: an empty vocabulary has no channels", origin_);
  return directions_.begin()->second.size(0);
}

std::vector<std::string> Vocabulary::names() const {
  std::vector<std::string> names;
  for (const auto& [name, direction] : directions_) names.push_back(name);
  return names;
}

at::Tensor Vocabulary::direction(const std::string& name) const {
  if (const auto found = directions_.find(name); found != directions_.end()) return found->second;
  auto known = names();
  const auto hint = did_you_mean(name, known);
  const bool shortened = known.size() > names_in_message;
  if (shortened) known.resize(names_in_message);
  user_error("{}: unknown word '{}'{}; it has {}{}", origin_, name, hint, join(known, ", "), shortened ? ", ..." : "");
}

at::Tensor Vocabulary::matrix() const {
  std::vector<at::Tensor> rows;
  for (const auto& [name, direction] : directions_) rows.push_back(direction);
  RT_CHECK(!rows.empty(), "{}: an empty vocabulary has no matrix", origin_);
  return at::stack(rows);
}

Vocabulary Vocabulary::reduced(const FeatureBasis& basis) const {
  if (channels() != basis.channels())
    user_error("{}: words of {} channels, but the teacher's features have {}; take the vocabulary of that teacher",
               origin_, channels(), basis.channels());
  Vocabulary reduced;
  reduced.origin_ = origin_;
  for (const auto& [name, direction] : directions_) reduced.directions_[name] = basis.reduce_directions(direction);
  return reduced;
}

void Vocabulary::save(const std::filesystem::path& folder) const {
  for (const auto& [name, direction] : directions_)
    if (name.empty() || name.front() == '.' || name.find_first_of(std::string("/\\\0", 3)) != std::string::npos)
      user_error("{}: word '{}' can't be a file's name", folder.string(), name);
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) user_error("{}: can't make the folder: {}", folder.string(), error.message());
  for (const auto& [name, direction] : directions_) io::write_npy(folder / (name + ".npy"), io::to_array(direction));
}

std::optional<std::filesystem::path> find_vocabulary(const std::filesystem::path& scene_folder,
                                                     const std::filesystem::path& maps_folder,
                                                     const std::string& named) {
  std::error_code ignored;
  if (named != "auto") {
    const auto place = scene_folder / named;
    if (!std::filesystem::exists(place, ignored))
      user_error("{}: no such vocabulary; name a folder of <name>.npy, a .safetensors or a .json file", place.string());
    return place;
  }
  for (const auto& folder : {maps_folder / "vocabulary", scene_folder / "vocabulary"})
    if (std::filesystem::is_directory(folder, ignored)) return folder;
  return std::nullopt;
}

}  // namespace retort::field
