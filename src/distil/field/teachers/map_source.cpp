#include "distil/field/teachers/map_source.h"

#include <ATen/core/Tensor.h>

#include "core/errors.h"
#include "distil/field/teachers/coded_maps.h"

namespace retort::field {

namespace {
class FileMaps : public MapSource {
 public:
  explicit FileMaps(MapFolder files) : files_(std::move(files)) {}

  std::vector<std::string> stems() const override { return files_.stems(); }
  bool has(const std::string& stem) const override { return files_.has(stem); }
  std::string name_of(const std::string& stem) const override { return files_.file_of(stem).string(); }
  MapShape shape(const std::string& stem) const override { return shape_of(open_feature_map(files_.file_of(stem))); }
  at::Tensor read(const std::string& stem) const override {
    const auto& file = files_.file_of(stem);
    return half_values(open_feature_map(file), file.string());
  }

 private:
  MapFolder files_;
};
}  // namespace

std::unique_ptr<MapSource> open_map_source(const std::filesystem::path& folder) {
  MapFolder files(folder);
  if (!has_coded_maps(folder)) return std::make_unique<FileMaps>(std::move(files));
  if (!files.empty()) {
    const auto first = files.stems().front();
    user_error("{}: coded maps beside maps in files of their own ({}); keep one kind", folder.string(),
               files.file_of(first).filename().string());
  }
  return std::make_unique<CodedMaps>(folder / coded_maps_file);
}

}  // namespace retort::field
