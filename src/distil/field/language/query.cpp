#include "distil/field/language/query.h"

#include <ATen/ATen.h>

#include <filesystem>

#include "core/errors.h"
#include "io/tensor/tensor_file.h"

namespace retort::field {

Query make_query(const GaussianField& field, const std::optional<Vocabulary>& vocabulary, const std::string& asked,
                 const std::vector<std::string>& against) {
  Query query{.names = {asked}, .directions = {}};
  std::vector<at::Tensor> directions;
  if (std::filesystem::is_regular_file(asked)) {
    directions.push_back(project_direction(field, io::load_tensor(asked)));
  } else if (vocabulary) {
    directions.push_back(project_direction(field, vocabulary->direction(asked)));
  } else {
    user_error(
        "query: '{}' is no file, and there is no vocabulary to look the name up in; give a vector (.npy) or "
        "--vocabulary FOLDER with <name>.npy files",
        asked);
  }
  auto others = against;
  if (others.empty() && vocabulary) others = vocabulary->names();
  if (others == std::vector<std::string>{"none"}) others.clear();
  for (const auto& name : others) {
    if (name == asked) continue;
    if (!vocabulary) user_error("query: --against {} needs a vocabulary", name);
    query.names.push_back(name);
    directions.push_back(project_direction(field, vocabulary->direction(name)));
  }
  query.directions = at::stack(directions);
  return query;
}

at::Tensor splat_features(const GaussianField& field) {
  if (field.feature_dim() == 0) user_error("this field carries no features: train it with a teacher's maps");
  return decode_features(field, field.splats.features);
}

GaussianField subset(const GaussianField& field, const at::Tensor& mask) {
  GaussianField selected = field;
  const auto rows = mask.nonzero().squeeze(1);
  for (auto& [name, tensor] : selected.splats.named()) *tensor = tensor->index_select(0, rows);
  return selected;
}

}  // namespace retort::field
