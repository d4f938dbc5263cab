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

// In as few bytes as the number of entries allows.
at::Tensor packed_indices(const metrics::VectorCodes& codes) {
  if (codes.entries() <= 256) return codes.indices.to(at::kByte);
  return codes.indices.to(codes.entries() <= 32768 ? at::kShort : at::kInt);
}

// UserError when the codes don't fit the field.
metrics::VectorCodes take_codes(const FieldFile& in, int64_t splats) {
  const auto found = in.tensors.find("codes.indices");
  if (found == in.tensors.end() || found->second.dim() != 2 || found->second.size(0) != splats ||
      found->second.size(1) < 1 || !at::isIntegralType(found->second.scalar_type(), false)) {
    user_error("{}: tensor 'codes.indices' is missing, or not whole numbers [{},S]", in.name, splats);
  }
  metrics::VectorCodes codes;
  codes.codebook = in.tensor("codes.codebook", {-1, -1});
  codes.indices = found->second.to(at::kInt).contiguous();
  if (in.tensors.count("codes.coefficients") != 0) {
    codes.coefficients = in.tensor("codes.coefficients", {splats, codes.terms()});
  } else if (codes.terms() != 1) {
    user_error("{}: codes of {} terms without 'codes.coefficients'", in.name, codes.terms());
  }
  if (codes.entries() < 1 ||
      (splats > 0 && (codes.indices.min().item<int>() < 0 || codes.indices.max().item<int>() >= codes.entries()))) {
    user_error("{}: 'codes.indices' point outside the codebook of {}", in.name, codes.entries());
  }
  return codes;
}
}  // namespace

void save_field(const std::filesystem::path& file, const GaussianField& field) {
  io::NamedTensors tensors;
  splat::put_parameters(field.splats, "", tensors);
  if (field.codes) {
    // Features are what the codes say; the file holds the codes alone.
    tensors["features"] = at::zeros({field.size(), 0}, at::kFloat);
    tensors["codes.codebook"] = field.codes->codebook;
    tensors["codes.indices"] = packed_indices(*field.codes);
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
