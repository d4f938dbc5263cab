#include "distil/field/language/query.h"

#include <ATen/ATen.h>

#include <filesystem>

#include "core/errors.h"
#include "distil/field/language/relevancy.h"
#include "io/tensor/tensor_file.h"
#include "metrics/unit_vectors.h"

namespace retort::field {

namespace {
// Codes of the decoded features, where they can be had without expanding them: each entry decoded by itself. A sum of
// several entries would get the decoder's bias several times.
std::optional<metrics::VectorCodes> decoded_codes(const GaussianField& field) {
  if (!field.codes || !field.decoder) return field.codes;
  if (field.codes->has_coefficients()) return std::nullopt;
  auto codes = *field.codes;
  codes.codebook = decode_features(field, codes.codebook).contiguous();
  return codes;
}
}  // namespace

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

at::Tensor splat_cosines(const GaussianField& field, const at::Tensor& directions) {
  const auto units = metrics::unit_vectors(directions);
  if (const auto codes = decoded_codes(field)) {
    const auto lengths = metrics::coded_lengths(*codes).unsqueeze(1);
    return at::where(lengths > 0, metrics::coded_products(*codes, units) / lengths.clamp_min(1e-30),
                     at::zeros_like(lengths));
  }
  std::vector<at::Tensor> cosines;
  const auto features = splat_features(field);
  for (int64_t index = 0; index < directions.size(0); ++index)
    cosines.push_back(cosine_to(features, directions[index]));
  return at::stack(cosines, 1);
}

SplatScores splat_scores(const GaussianField& field, const at::Tensor& directions) {
  if (field.feature_dim() == 0) user_error("this field carries no features: train it with a teacher's maps");
  auto before_decoder = directions.to(at::kFloat);
  auto offsets = at::zeros({directions.size(0)});
  if (field.decoder) {
    offsets = at::mv(before_decoder, field.decoder->bias);
    before_decoder = at::mm(before_decoder, field.decoder->weight);
  }
  const auto values = field.codes ? metrics::coded_products(*field.codes, before_decoder)
                                  : at::mm(field.splats.features, before_decoder.t());
  return {values.contiguous(), offsets};
}

GaussianField subset(const GaussianField& field, const at::Tensor& mask) {
  GaussianField selected = field;
  const auto rows = mask.nonzero().squeeze(1);
  for (auto& [name, tensor] : selected.splats.named()) *tensor = tensor->index_select(0, rows);
  if (field.codes) selected.codes = metrics::select_rows(*field.codes, rows);
  return selected;
}

}  // namespace retort::field
