// Teacher maps in few bytes: one file for all views of a scene, whose pixels share a codebook or a basis.
//
// A safetensors file with the metadata retort.format = coded_maps, retort.version = 1, and per view either
//   indices/<stem> [h,w,S] u8, i16 or i32, with `codebook` [K,C]; and for S > 1 coefficients/<stem> [h,w,S]: a pixel is
//     the sum of its coefficients times the codebook's rows (metrics/vector_codes.h), or the one row it names;
//   channels/<stem> [N,h,w], with `basis` [C,N]: a pixel is the basis times its channels.
#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "distil/field/teachers/feature_basis.h"
#include "distil/field/teachers/map_source.h"
#include "io/safetensors.h"

namespace retort::field {

constexpr const char* coded_maps_file = "coded_maps.safetensors";
/// What its metadata say.
extern const io::StringMap coded_maps_metadata;

/// Whether a folder has coded maps.
bool has_coded_maps(const std::filesystem::path& folder);

/// Reads the file: sizes and dtypes at once, codes when a map is wanted.
class CodedMaps : public MapSource {
 public:
  /// UserError naming the file, the tensor and what would be right, when it is damaged or of another kind.
  explicit CodedMaps(const std::filesystem::path& file);
  /// The same of a file in memory; `name` leads the messages.
  CodedMaps(io::Safetensors content, std::string name);

  std::vector<std::string> stems() const override;
  bool has(const std::string& stem) const override { return views_.count(stem) > 0; }
  std::string name_of(const std::string& stem) const override;
  MapShape shape(const std::string& stem) const override;
  /// UserError also when an index names no row of the codebook.
  at::Tensor read(const std::string& stem) const override;
  /// "codebook of 256", "4 of 64 sparse" or "32 channels".
  std::string description() const;

 private:
  struct CodedView {
    io::Array codes;         ///< indices [h,w,S], or channels [N,h,w]
    io::Array coefficients;  ///< [h,w,S]; empty without
    MapShape shape;
  };
  void take_view(const std::string& stem, const io::Array& codes, const io::NamedArrays& tensors);
  const CodedView& view(const std::string& stem) const;
  at::Tensor gathered(const CodedView& view, const std::string& name) const;

  std::string name_;
  at::Tensor codebook_;                ///< [K,C] float32; undefined with a basis
  std::optional<FeatureBasis> basis_;  ///< or this
  bool has_coefficients_ = false;
  std::map<std::string, CodedView> views_;
};

}  // namespace retort::field
