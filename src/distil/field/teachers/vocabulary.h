// Words as directions in a teacher's feature space.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace retort::field {

struct FeatureBasis;

/// Names in alphabetical order, each with a vector of the same number of channels.
class Vocabulary {
 public:
  /// Reads a folder of <name>.npy, one safetensors file of vectors, or a JSON object {"name": [numbers] or
  /// "file.npy" beside it}. UserError (file, name, fault) when something is damaged, a vector is not one-dimensional,
  /// has values that are not finite or only zeros, two differ in length, or there are none.
  static Vocabulary load(const std::filesystem::path& place);

  /// Adds or replaces a direction [C] of any floating dtype; kept as float32. Fault when the length differs.
  void add(const std::string& name, const at::Tensor& direction);

  int64_t size() const { return static_cast<int64_t>(directions_.size()); }
  int64_t channels() const;
  std::vector<std::string> names() const;
  bool has(const std::string& name) const { return directions_.count(name) > 0; }
  /// [C] float32. UserError with the nearest name and the list of names when it is unknown.
  at::Tensor direction(const std::string& name) const;
  /// All directions, [size,C], in the order of names().
  at::Tensor matrix() const;

  /// The same words in the reduced space of a teacher. UserError when the basis has another number of channels.
  Vocabulary reduced(const FeatureBasis& basis) const;

  /// Writes <folder>/<name>.npy, float32. UserError when a name can't be a file's name.
  void save(const std::filesystem::path& folder) const;

 private:
  std::map<std::string, at::Tensor> directions_;
  std::string origin_ = "vocabulary";
};

/// Where a teacher's vocabulary lies: `named` (relative to the scene, or absolute), or with `auto` vocabulary/ beside
/// the maps, else vocabulary/ in the scene; nothing when neither is there. UserError when what is named is absent.
std::optional<std::filesystem::path> find_vocabulary(const std::filesystem::path& scene_folder,
                                                     const std::filesystem::path& maps_folder,
                                                     const std::string& named);

}  // namespace retort::field
