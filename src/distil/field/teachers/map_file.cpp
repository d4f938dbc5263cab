#include "distil/field/teachers/map_file.h"

#include <ATen/ATen.h>

#include <cmath>
#include <cstring>
#include <optional>

#include "core/errors.h"
#include "core/text.h"
#include "io/array_file.h"
#include "io/npy.h"
#include "io/safetensors.h"
#include "io/tensor/tensor_io.h"
#include "io/torch_checkpoint.h"

namespace retort::field {

namespace {
constexpr std::string_view map_marker = "_fmap_";
constexpr std::string_view literal_size = "CxHxW";
constexpr const char* map_endings = ".pt, .npy or .safetensors";

std::optional<MapFormat> format_of_ending(const std::filesystem::path& file) {
  const auto names = choices(MapFormat{});
  for (size_t i = 0; i < names.size(); ++i)
    if (file.extension() == "." + names[i]) return static_cast<MapFormat>(i);
  return std::nullopt;
}

/// "0001_fmap_512x360x480.pt" -> {"0001", "512x360x480"}.
struct MapName {
  std::string stem, size;
};

std::optional<MapName> split_map_name(const std::filesystem::path& file) {
  const std::string name = file.stem().string();
  const size_t marker = name.rfind(map_marker);
  if (marker == std::string::npos || marker == 0) return std::nullopt;
  return MapName{name.substr(0, marker), name.substr(marker + map_marker.size())};
}

/// The size spelled out in a file's name; nothing for the literal letters.
std::optional<MapShape> size_in_name(const std::filesystem::path& file) {
  const auto name = split_map_name(file);
  if (!name || name->size == literal_size) return std::nullopt;
  const auto parts = split(name->size, 'x');
  MapShape shape;
  if (parts.size() != 3 || !parse_integer(parts[0], shape.channels) || !parse_integer(parts[1], shape.height) ||
      !parse_integer(parts[2], shape.width))
    user_error("{}: '{}' in the name is no size; '{}' or numbers such as 512x360x480 are wanted", file.string(),
               name->size, literal_size);
  return shape;
}

std::string place_in_map(const MapShape& shape, int64_t element) {
  const int64_t pixels = shape.height * shape.width;
  return fmt::format("channel {}, row {}, column {}", element / pixels, element % pixels / shape.width,
                     element % shape.width);
}

bool is_finite_half(uint16_t bits) { return (bits & 0x7C00U) != 0x7C00U; }
}  // namespace

std::vector<std::string> choices(MapFormat) { return {"npy", "pt", "safetensors"}; }

std::filesystem::path feature_map_path(const std::filesystem::path& folder, const std::string& stem, MapFormat format) {
  return folder /
         fmt::format("{}{}{}.{}", stem, map_marker, literal_size, choices(format).at(static_cast<size_t>(format)));
}

std::filesystem::path write_feature_map(const std::filesystem::path& folder, const std::string& stem,
                                        const at::Tensor& map, MapFormat format) {
  RT_CHECK(map.dim() == 3 && map.numel() > 0, "teacher map of '{}': wants [C,h,w], got {}", stem,
           io::shape_text(map.sizes().vec()));
  const auto halves = map.to(at::kCPU, at::kHalf).contiguous();
  RT_CHECK(at::isfinite(halves).all().item<bool>(), "teacher map of '{}': values that float16 does not hold", stem);
  const auto file = feature_map_path(folder, stem, format);
  std::error_code error;
  std::filesystem::create_directories(file.parent_path(), error);
  if (error) user_error("{}: can't make the folder: {}", file.parent_path().string(), error.message());
  const auto array = io::to_array(halves);
  switch (format) {
    case MapFormat::npy:
      io::write_npy(file, array);
      break;
    case MapFormat::safetensors:
      io::write_safetensors(file, {{"features", array}});
      break;
    case MapFormat::pt:
      io::write_torch_tensor(file, array);
      break;
  }
  return file;
}

MapFolder::MapFolder(std::filesystem::path folder) : path_(std::move(folder)) {
  std::error_code error;
  std::filesystem::recursive_directory_iterator entry(path_, error), end;
  if (error) user_error("{}: can't list the teacher maps: {}", path_.string(), error.message());
  for (; entry != end; entry.increment(error)) {
    if (error) user_error("{}: can't list the teacher maps: {}", path_.string(), error.message());
    const auto& file = entry->path();
    const auto name = split_map_name(file);
    if (!name || !entry->is_regular_file(error)) continue;
    const auto stem = (file.parent_path().lexically_relative(path_) / name->stem).lexically_normal().generic_string();
    if (format_of_ending(file))
      files_[stem].push_back(file);
    else
      foreign_[stem] = file;
  }
}

std::vector<std::string> MapFolder::stems() const {
  std::vector<std::string> stems;
  for (const auto& entry : files_) stems.push_back(entry.first);
  return stems;
}

const std::filesystem::path& MapFolder::file_of(const std::string& stem) const {
  const auto found = files_.find(stem);
  if (found == files_.end()) {
    const auto foreign = foreign_.find(stem);
    const auto hint = foreign == foreign_.end()
                          ? std::string()
                          : fmt::format(" (found {}, whose ending is not read)", foreign->second.filename().string());
    user_error("{}: no teacher map for view '{}': {}{}{} ending in {} is wanted{}", path_.string(), stem, stem,
               map_marker, literal_size, map_endings, hint);
  }
  if (found->second.size() > 1)
    user_error("{}: two teacher maps for view '{}': {} and {}; keep one", path_.string(), stem,
               found->second[0].filename().string(), found->second[1].filename().string());
  return found->second.front();
}

io::Array open_feature_map(const std::filesystem::path& file) {
  if (!format_of_ending(file)) user_error("{}: teacher maps end in {}", file.string(), map_endings);
  auto map = io::read_single_array(file);
  const bool is_map = map.dimensions() == 3 && map.count() > 0 && io::is_floating(map.dtype);
  if (!is_map)
    user_error("{}: holds {} {}; a teacher map is a floating tensor [C,h,w]", file.string(), io::name_of(map.dtype),
               io::shape_text(map.shape));
  const auto named = size_in_name(file);
  if (named && !(*named == shape_of(map)))
    user_error("{}: the name says {}x{}x{}, the tensor is {}; rename the file or make the map anew", file.string(),
               named->channels, named->height, named->width, io::shape_text(map.shape));
  return map;
}

MapShape shape_of(const io::Array& map) { return {map.shape.at(0), map.shape.at(1), map.shape.at(2)}; }

at::Tensor half_values(const io::Array& map, const std::string& source) {
  auto halves = at::empty(map.shape, at::kHalf);
  auto* bits = static_cast<uint16_t*>(halves.data_ptr());
  const int64_t count = map.count();
  // Plain loops: this runs in a worker thread, where torch would start a second team of threads.
  if (map.dtype == io::DType::f16) {
    std::memcpy(bits, map.bytes().data(), map.bytes().size());
  } else {
    const auto values = map.to_floats();
    for (int64_t i = 0; i < count; ++i) bits[i] = io::float_to_half(values[i]);
  }
  require_finite(halves, source);
  return halves;
}

void require_finite(const at::Tensor& halves, const std::string& source) {
  const auto* bits = static_cast<const uint16_t*>(halves.data_ptr());
  for (int64_t i = 0; i < halves.numel(); ++i) {
    if (is_finite_half(bits[i])) continue;
    const MapShape shape{halves.size(0), halves.size(1), halves.size(2)};
    user_error("{}: {} is not finite, or beyond float16's 65504; make the map anew", source, place_in_map(shape, i));
  }
}

}  // namespace retort::field
