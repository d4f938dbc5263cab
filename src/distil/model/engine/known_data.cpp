#include "distil/model/engine/known_data.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/errors.h"
#include "io/atomic_file.h"
#include "io/json.h"

namespace retort::model {

namespace {
constexpr uint64_t most_evaluation_bytes = 16 << 20;
constexpr int64_t samples_looked_at = 16;  // enough to tell photos from a set of one size

data::PictureShape shape_of_picture(const data::Picture& picture) {
  return {.channels = picture.channels, .height = picture.height, .width = picture.width};
}

/// The shape that two pictures share: sizes that differ are left open.
data::PictureShape common_shape(const data::PictureShape& a, const data::PictureShape& b) {
  if (a.height == b.height && a.width == b.width) return a;
  return {.channels = a.channels, .height = 0, .width = 0};
}
}  // namespace

KnownData look_at_data(const Registries& registries, const data::DataOptions& options) {
  const auto set =
      options.test.empty() ? data::open_train_set(registries, options) : data::open_test_set(registries, options);
  const auto pipeline = data::make_test_pipeline(registries, options);
  KnownData known{.class_names = set->class_names()};
  // From all over the set: neighbours may come from one camera.
  for (int64_t i = 0; i < std::min(samples_looked_at, set->size()); ++i) {
    auto sample = set->sample(i * (set->size() - 1) / samples_looked_at);
    const auto stored = shape_of_picture(sample.image);
    pipeline.change_bytes(sample, RandomTree(0));
    const auto input = shape_of_picture(sample.image);
    known.stored = i == 0 ? stored : common_shape(known.stored, stored);
    known.input = i == 0 ? input : common_shape(known.input, input);
  }
  return known;
}

std::vector<std::string> recorded_class_names(const std::filesystem::path& run_folder) {
  const auto file = run_folder / "evaluation.json";
  std::error_code error;
  if (!std::filesystem::is_regular_file(file, error)) return {};
  const auto text = io::read_whole_file(file, most_evaluation_bytes);
  io::parse_json(text, file.string());  // refuses what is malformed or nested too deep; below, order counts
  const auto evaluation = nlohmann::ordered_json::parse(text);
  std::vector<std::string> names;
  if (!evaluation.is_object() || !evaluation.contains("student") || !evaluation["student"].is_object()) return names;
  const auto shares = evaluation["student"].find("top1_of_class");
  if (shares == evaluation["student"].end() || !shares->is_object()) return names;
  for (const auto& [name, share] : shares->items()) names.push_back(name);
  return names;
}

}  // namespace retort::model
