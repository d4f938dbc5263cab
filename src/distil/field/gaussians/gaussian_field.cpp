#include "distil/field/gaussians/gaussian_field.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "core/errors.h"
#include "core/text.h"
#include "io/tensor/tensor_io.h"

namespace retort::field {

namespace {
constexpr const char* format_version = "1";

struct FieldFile {
  std::string name;
  io::NamedTensors tensors;
  io::StringMap metadata;

  // The tensor, checked against a shape in which -1 stands for any size.
  at::Tensor tensor(const std::string& key, std::vector<int64_t> shape) const {
    const auto found = tensors.find(key);
    if (found == tensors.end()) user_error("{}: tensor '{}' is missing; is this a field.safetensors?", name, key);
    const auto sizes = found->second.sizes();
    bool fits = sizes.size() == shape.size() && found->second.is_floating_point();
    for (size_t axis = 0; fits && axis < shape.size(); ++axis) fits = shape[axis] < 0 || shape[axis] == sizes[axis];
    if (!fits) {
      user_error("{}: tensor '{}' is [{}], expected [{}]", name, key, fmt::join(sizes, ","), fmt::join(shape, ","));
    }
    return found->second.to(at::kFloat).contiguous();
  }

  double number(const std::string& key) const {
    double value = 0;
    const auto found = metadata.find(key);
    if (found == metadata.end() || !parse_number(found->second, value)) {
      user_error("{}: metadata '{}' is missing or not a number", name, key);
    }
    return value;
  }
};

// UserError when the codes don't fit the field.
metrics::VectorCodes take_codes(const FieldFile& in, int64_t splats) {
  const auto found = [&](const char* key) {
    const auto place = in.tensors.find(key);
    return place == in.tensors.end() ? at::Tensor() : place->second;
  };
  const auto coefficients = found("codes.coefficients");
  const auto codebook =
      metrics::checked_codebook(in.name, "codes.codebook", found("codes.codebook"), coefficients.defined());
  return metrics::checked_codes(in.name, codebook, found("codes.indices"), coefficients, splats);
}
}  // namespace

void save_field(const std::filesystem::path& file, const GaussianField& field) {
  io::NamedTensors tensors;
  splat::put_parameters(field.splats, "", tensors);
  if (field.feature_dim() > 0) tensors["features"] = metrics::packed_values(field.splats.features);
  if (field.codes) {
    // Features are what the codes say; the file holds the codes alone.
    tensors["features"] = at::zeros({field.size(), 0}, at::kFloat);
    tensors["codes.codebook"] = metrics::packed_values(field.codes->codebook);
    tensors["codes.indices"] = metrics::packed_indices(field.codes->indices, field.codes->entries());
    if (field.codes->has_coefficients()) tensors["codes.coefficients"] = field.codes->coefficients.to(at::kHalf);
  }
  if (field.decoder) {
    tensors["decoder.weight"] = field.decoder->weight;
    tensors["decoder.bias"] = field.decoder->bias;
  }
  if (field.basis) {
    tensors["basis.columns"] = field.basis->columns;
  }
  io::StringMap metadata = {{"retort.format", "gaussian_field"},
                            {"retort.version", format_version},
                            {"sh_degree", std::to_string(field.sh_degree)}};
  for (int channel = 0; channel < 3; ++channel) {
    metadata[fmt::format("background.{}", channel)] = fmt::format("{}", field.background[channel]);
  }
  if (field.basis) metadata["basis.kept_energy"] = fmt::format("{}", field.basis->kept_energy);
  for (const auto& [key, value] : field.notes) metadata["note." + key] = value;
  io::save_safetensors(file, tensors, metadata);
}

GaussianField load_field(const std::filesystem::path& file) {
  FieldFile in{file.string(), {}, {}};
  in.tensors = io::load_safetensors(file, &in.metadata);
  if (in.metadata["retort.format"] != "gaussian_field" || in.metadata["retort.version"] != format_version) {
    user_error("{}: not a field of this program's format {}; name a run folder or its field.safetensors", in.name,
               format_version);
  }
  if (const auto features = in.tensors.find("features");
      features != in.tensors.end() && features->second.scalar_type() == at::kHalf) {
    features->second = features->second.to(at::kFloat);
  }
  GaussianField field;
  field.splats = splat::take_parameters(in.tensors, "", in.name);
  if (in.tensors.count("codes.codebook") != 0) {
    field.codes = take_codes(in, field.size());
    field.splats.features = metrics::decode(*field.codes);
  }
  field.sh_degree = static_cast<int64_t>(in.number("sh_degree"));
  const int64_t coefficients = field.splats.sh.size(1);
  if (field.sh_degree < 0 || field.sh_degree > 3 || (field.sh_degree + 1) * (field.sh_degree + 1) > coefficients) {
    user_error("{}: SH degree {} does not fit {} coefficients", in.name, field.sh_degree, coefficients);
  }
  for (int channel = 0; channel < 3; ++channel) {
    field.background[channel] = in.number(fmt::format("background.{}", channel));
  }
  if (in.tensors.count("decoder.weight") != 0) {
    const auto weight = in.tensor("decoder.weight", {-1, field.feature_dim()});
    field.decoder = FeatureDecoder{weight, in.tensor("decoder.bias", {weight.size(0)})};
  }
  if (in.tensors.count("basis.columns") != 0) {
    field.basis = FeatureBasis{in.tensor("basis.columns", {-1, field.decoded_dim()}), in.number("basis.kept_energy")};
  }
  for (const auto& [key, value] : in.metadata) {
    if (key.rfind("note.", 0) == 0) field.notes[key.substr(5)] = value;
  }
  return field;
}

at::Tensor decode_features(const GaussianField& field, const at::Tensor& features) {
  if (!field.decoder) return features;
  return at::addmm(field.decoder->bias, features, field.decoder->weight.t());
}

at::Tensor project_direction(const GaussianField& field, const at::Tensor& direction) {
  const int64_t expected = field.basis ? field.basis->channels() : field.decoded_dim();
  if (direction.dim() != 1 || direction.size(0) != expected) {
    user_error("query vector has shape [{}]; this field's teacher has {} channels", fmt::join(direction.sizes(), ","),
               expected);
  }
  const auto query = direction.to(at::kFloat);
  return field.basis ? field.basis->reduce_directions(query) : query;
}

}  // namespace retort::field
