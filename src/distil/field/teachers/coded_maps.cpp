#include "distil/field/teachers/coded_maps.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "core/errors.h"
#include "io/tensor/tensor_io.h"
#include "metrics/vector_codes.h"

namespace retort::field {

const io::StringMap coded_maps_metadata = {{"retort.format", "coded_maps"}, {"retort.version", "1"}};

namespace {
constexpr std::string_view indices_prefix = "indices/", coefficients_prefix = "coefficients/",
                           channels_prefix = "channels/";

/// "indices/left/0001" and "indices/" -> "left/0001".
std::optional<std::string> stem_behind(std::string_view prefix, const std::string& key) {
  if (key.size() <= prefix.size() || key.compare(0, prefix.size(), prefix) != 0) return std::nullopt;
  return key.substr(prefix.size());
}

at::Tensor tensor_of(const io::NamedArrays& tensors, const std::string& key) {
  const auto found = tensors.find(key);
  return found == tensors.end() ? at::Tensor() : io::to_tensor(found->second);
}
}  // namespace

bool has_coded_maps(const std::filesystem::path& folder) {
  std::error_code ignored;
  return std::filesystem::exists(folder / coded_maps_file, ignored);
}

CodedMaps::CodedMaps(const std::filesystem::path& file) : CodedMaps(io::read_safetensors(file), file.string()) {}

CodedMaps::CodedMaps(io::Safetensors content, std::string name) : name_(std::move(name)) {
  for (const auto& [key, value] : coded_maps_metadata) {
    if (content.metadata[key] != value) {
      user_error("{}: is no file of coded maps ({} is '{}', '{}' is wanted); 'retort maps compress' makes them", name_,
                 key, content.metadata[key], value);
    }
  }
  const auto& tensors = content.tensors;
  const bool has_basis = tensors.count("basis") > 0;
  has_coefficients_ = std::any_of(tensors.begin(), tensors.end(), [](const auto& entry) {
    return stem_behind(coefficients_prefix, entry.first).has_value();
  });
  if (has_basis) {
    const auto columns = metrics::checked_codebook(name_, "basis", tensor_of(tensors, "basis"), false);
    if (columns.size(1) > columns.size(0)) {
      user_error("{}: tensor 'basis' is [{},{}]; a basis has no more columns than rows", name_, columns.size(0),
                 columns.size(1));
    }
    basis_ = FeatureBasis{columns, 0};
  } else {
    codebook_ = metrics::checked_codebook(name_, "codebook", tensor_of(tensors, "codebook"), has_coefficients_);
  }
  const auto prefix = has_basis ? channels_prefix : indices_prefix;
  for (const auto& [key, array] : tensors) {
    if (key == (has_basis ? "basis" : "codebook")) continue;
    if (const auto stem = stem_behind(prefix, key)) {
      take_view(*stem, array, tensors);
    } else if (const auto owner = stem_behind(coefficients_prefix, key);
               has_basis || !owner || tensors.count(std::string(indices_prefix) + *owner) == 0) {
      user_error("{}: tensor '{}' has no place among {}", name_, key, has_basis ? "maps of a basis" : "codes");
    }
  }
}

void CodedMaps::take_view(const std::string& stem, const io::Array& codes, const io::NamedArrays& tensors) {
  CodedView view{.codes = codes, .coefficients = {}, .shape = {}};
  const auto& shape = codes.shape;
  if (shape.size() != 3 || codes.count() == 0) {
    user_error("{}: view '{}' has codes {}; three sides, none of them 0, are wanted", name_, stem,
               io::shape_text(shape));
  }
  if (basis_) {
    if (!io::is_floating(codes.dtype) || shape[0] != basis_->reduced_channels()) {
      user_error("{}: view '{}' has {} {}; floating [{},h,w] is wanted", name_, stem, io::name_of(codes.dtype),
                 io::shape_text(shape), basis_->reduced_channels());
    }
    view.shape = {basis_->channels(), shape[1], shape[2]};
  } else {
    view.shape = {codebook_.size(1), shape[0], shape[1]};
    const auto found = tensors.find(std::string(coefficients_prefix) + stem);
    if ((found != tensors.end()) != has_coefficients_) {
      user_error("{}: view '{}' has no coefficients, others have", name_, stem);
    }
    if (has_coefficients_) view.coefficients = found->second;
    if (has_coefficients_ && (view.coefficients.shape != shape || !io::is_floating(view.coefficients.dtype))) {
      user_error("{}: view '{}' has indices {}, but coefficients {} {}", name_, stem, io::shape_text(shape),
                 io::name_of(view.coefficients.dtype), io::shape_text(view.coefficients.shape));
    }
    if (shape[2] > (has_coefficients_ ? codebook_.size(0) : 1)) {
      user_error("{}: view '{}' has {} terms a pixel of {} entries", name_, stem, shape[2], codebook_.size(0));
    }
  }
  // A pixel is a byte in the file at the least, so that the product of rows and columns does not overflow.
  if (view.shape.height * view.shape.width > metrics::max_decoded_values / view.shape.channels) {
    user_error("{}: view '{}' would be {}x{}x{}; maps have at most {} values", name_, stem, view.shape.channels,
               view.shape.height, view.shape.width, metrics::max_decoded_values);
  }
  views_.emplace(stem, std::move(view));
}

const CodedMaps::CodedView& CodedMaps::view(const std::string& stem) const {
  const auto found = views_.find(stem);
  if (found == views_.end()) user_error("{}: has no map of view '{}'", name_, stem);
  return found->second;
}

std::vector<std::string> CodedMaps::stems() const {
  std::vector<std::string> stems;
  for (const auto& entry : views_) stems.push_back(entry.first);
  return stems;
}

std::string CodedMaps::name_of(const std::string& stem) const { return fmt::format("{}: view '{}'", name_, stem); }

MapShape CodedMaps::shape(const std::string& stem) const { return view(stem).shape; }

std::string CodedMaps::description() const {
  if (basis_) return fmt::format("{} channels", basis_->reduced_channels());
  if (!has_coefficients_) return fmt::format("codebook of {}", codebook_.size(0));
  return fmt::format("{} of {} sparse", views_.empty() ? 0 : views_.begin()->second.codes.shape[2], codebook_.size(0));
}

at::Tensor CodedMaps::read(const std::string& stem) const {
  const auto& wanted = view(stem);
  const auto name = name_of(stem);
  if (!basis_) return gathered(wanted, name);
  const auto map = basis_->expand_halves(half_values(wanted.codes, name));
  require_finite(map, name);
  return map;
}

// Plain loops, as this runs in a loader's thread.
at::Tensor CodedMaps::gathered(const CodedView& view, const std::string& name) const {
  const int64_t pixels = view.shape.height * view.shape.width, channels = view.shape.channels,
                terms = view.codes.shape[2], entries = codebook_.size(0);
  const auto indices = view.codes.to_integers(name);
  const auto coefficients = has_coefficients_ ? view.coefficients.to_floats() : std::vector<float>();
  const float* codebook = codebook_.data_ptr<float>();
  auto map = at::empty({channels, view.shape.height, view.shape.width}, at::kHalf);
  auto* bits = static_cast<uint16_t*>(map.data_ptr());
  std::vector<float> sum(channels);
  for (int64_t pixel = 0; pixel < pixels; ++pixel) {
    std::fill(sum.begin(), sum.end(), 0.f);
    for (int64_t term = pixel * terms; term < (pixel + 1) * terms; ++term) {
      if (indices[term] < 0 || indices[term] >= entries) {
        user_error("{}: row {}, column {}: index {} is outside the codebook of {}", name, pixel / view.shape.width,
                   pixel % view.shape.width, indices[term], entries);
      }
      const float weight = has_coefficients_ ? coefficients[term] : 1;
      const float* entry = codebook + indices[term] * channels;
      for (int64_t channel = 0; channel < channels; ++channel) sum[channel] += weight * entry[channel];
    }
    for (int64_t channel = 0; channel < channels; ++channel) {
      bits[channel * pixels + pixel] = io::float_to_half(sum[channel]);
    }
  }
  require_finite(map, name);
  return map;
}

}  // namespace retort::field
