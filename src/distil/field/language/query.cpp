#include "distil/field/language/query.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <filesystem>
#include <functional>

#include "core/errors.h"
#include "distil/field/language/score_codes.h"
#include "distil/field/language/score_rows.h"
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

Query make_query(const at::Tensor& direction, const std::string& name, const GaussianField& field,
                 const std::optional<Vocabulary>& vocabulary, const std::vector<std::string>& against) {
  Query query{.names = {name}, .directions = {}};
  std::vector<at::Tensor> directions = {direction};
  auto others = against;
  if (others.empty() && vocabulary) others = vocabulary->names();
  if (others == std::vector<std::string>{"none"}) others.clear();
  for (const auto& other : others) {
    if (other == name) continue;
    if (!vocabulary) user_error("query: --against {} needs a vocabulary", other);
    query.names.push_back(other);
    directions.push_back(project_direction(field, vocabulary->direction(other)));
  }
  query.directions = at::stack(directions);
  return query;
}

Query make_query(const GaussianField& field, const std::optional<Vocabulary>& vocabulary, const std::string& asked,
                 const std::vector<std::string>& against) {
  const bool is_file = std::filesystem::is_regular_file(asked);
  if (!is_file && !vocabulary) {
    user_error(
        "query: '{}' is no file, and there is no vocabulary to look the name up in; give a vector (.npy) or "
        "--vocabulary FOLDER with <name>.npy files",
        asked);
  }
  const auto vector = is_file ? io::load_tensor(asked) : vocabulary->direction(asked);
  return make_query(project_direction(field, vector), asked, field, vocabulary, against);
}

Query make_label_set(const GaussianField& field, const Vocabulary& vocabulary) {
  Query set{.names = vocabulary.names(), .directions = {}};
  std::vector<at::Tensor> directions;
  for (const auto& name : set.names) directions.push_back(project_direction(field, vocabulary.direction(name)));
  set.directions = at::stack(directions);
  return set;
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

namespace {
constexpr int64_t gathered_rows_per_task = 65536, decoded_rows_at_once = 16384;

/// values [E,...] of a codebook's entries -> [P,...] of the splats that name them.
at::Tensor gathered_from(const at::Tensor& values, const at::Tensor& indices, ThreadPool& pool) {
  const int64_t count = indices.size(0), width = values.numel() / values.size(0);
  auto shape = values.sizes().vec();
  shape[0] = count;
  auto gathered = at::empty(shape, at::kFloat);
  const int32_t* index = indices.data_ptr<int32_t>();
  const float* from = values.data_ptr<float>();
  float* to = gathered.data_ptr<float>();
  pool.parallel_for(count, gathered_rows_per_task, [&](int64_t begin, int64_t end) {
    if (width == 1) {
      for (int64_t row = begin; row < end; ++row) to[row] = from[index[row]];
    } else {
      for (int64_t row = begin; row < end; ++row) std::copy_n(from + index[row] * width, width, to + row * width);
    }
  });
  return gathered;
}

/// Asks decoded features for each splat: `of_rows` turns rows [M,C] into [M,...], `of_codes` sparse codes of P rows
/// into [P,...].
at::Tensor ask_splats(const GaussianField& field, ThreadPool& pool,
                      const std::function<at::Tensor(const at::Tensor&)>& of_rows,
                      const std::function<at::Tensor(const metrics::VectorCodes&)>& of_codes) {
  if (field.feature_dim() == 0) user_error("this field carries no features: train it with a teacher's maps");
  if (const auto codes = decoded_codes(field)) {
    if (codes->has_coefficients()) return of_codes(*codes);
    return gathered_from(of_rows(codes->codebook).contiguous(), codes->indices, pool);
  }
  if (!field.decoder) return of_rows(field.splats.features);
  // Decoded in parts, so that the wide features never are there all at once.
  std::vector<at::Tensor> parts;
  for (int64_t begin = 0; begin < field.size(); begin += decoded_rows_at_once) {
    const int64_t end = std::min(begin + decoded_rows_at_once, field.size());
    parts.push_back(of_rows(decode_features(field, field.splats.features.slice(0, begin, end))));
  }
  return parts.empty() ? of_rows(at::empty({0, field.decoded_dim()}, at::kFloat)) : at::cat(parts);
}
}  // namespace

at::Tensor splat_cosines(const GaussianField& field, const at::Tensor& directions, ThreadPool& pool, Isa isa) {
  return ask_splats(
      field, pool, [&](const at::Tensor& rows) { return row_cosines(rows, directions, pool, isa); },
      [&](const metrics::VectorCodes& codes) { return coded_cosines(codes, directions, pool, isa); });
}

at::Tensor splat_relevancy(const GaussianField& field, const at::Tensor& directions, const Relevancy& relevancy,
                           ThreadPool& pool, Isa isa) {
  check_relevancy(relevancy, directions.size(0));
  return ask_splats(
      field, pool, [&](const at::Tensor& rows) { return row_relevancy(rows, directions, relevancy, pool, isa); },
      [&](const metrics::VectorCodes& codes) { return coded_relevancy(codes, directions, relevancy, pool, isa); });
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

}  // namespace retort::field
