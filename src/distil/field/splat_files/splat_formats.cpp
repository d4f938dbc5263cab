#include "distil/field/splat_files/splat_formats.h"

#include <fmt/format.h>

#include "core/errors.h"
#include "core/text.h"
#include "distil/field/splat_files/sog_layout.h"
#include "io/mapped_file.h"

namespace retort::field {

namespace {
std::vector<SplatFormat> all_splat_formats() {
  const auto write_ply = [](PlyFlavour flavour) {
    return [flavour](const std::filesystem::path& file, const SplatCloud& cloud) {
      write_splat_ply(file, cloud, flavour);
    };
  };
  return {
      {"compressed-ply",
       {".compressed.ply"},
       "colour to SH degree 3; 10 to 11 bits a number within each 256 splats",
       false,
       is_compressed_ply,
       read_compressed_ply,
       write_compressed_ply},
      {"ply",
       {".ply"},
       "everything, float32; opens in any 3DGS viewer",
       true,
       is_ply,
       read_splat_ply,
       write_ply(PlyFlavour::full)},
      {"lean-ply",
       {".lean.ply"},
       "everything, float32; without normals and unused SH",
       true,
       nullptr,
       read_splat_ply,
       write_ply(PlyFlavour::lean)},
      {"ascii-ply",
       {".ascii.ply"},
       "everything, as text that reads back as the same float32",
       true,
       nullptr,
       read_splat_ply,
       write_ply(PlyFlavour::ascii)},
      {"spz",
       {".spz"},
       "colour to SH degree 3; positions to 1/8192 unit, 8 bits a number otherwise, gzip",
       false,
       is_spz,
       read_spz,
       write_spz},
      {"spz4",
       {".4.spz"},
       "the same packed by zstd (SPZ version 4), for programs that read it",
       false,
       nullptr,
       read_spz,
       write_spz_zstd},
      {"sog",
       {".sog"},
       "colour to SH degree 3; positions in 16 bits, 8 bits a number otherwise, SH by a palette, WebP",
       false,
       is_sog,
       read_sog,
       write_sog},
      {"sog-folder",
       {"/meta.json"},
       "the same as files of a folder, as PlayCanvas's engine streams it",
       false,
       nullptr,
       read_sog_folder,
       write_sog_folder},
      {"glb",
       {".glb"},
       "colour to SH degree 3, float32; glTF with KHR_gaussian_splatting",
       false,
       is_glb,
       read_glb,
       write_glb},
      {"splat",
       {".splat"},
       "constant colour; positions and scales float32, 8 bits a number otherwise",
       false,
       nullptr,
       read_dot_splat,
       write_dot_splat},
  };
}

bool has_ending(const std::filesystem::path& file, const std::string& ending) {
  if (ending.starts_with('/')) return ("/" + file.filename().string()) == ending;
  const std::string name = file.filename().string();
  return name.size() > ending.size() && name.ends_with(ending);
}
}  // namespace

const std::vector<SplatFormat>& splat_formats() {
  static const std::vector<SplatFormat> formats = all_splat_formats();
  return formats;
}

const SplatFormat& splat_format(const std::string& name) {
  std::vector<std::string> names;
  for (const auto& format : splat_formats()) {
    if (format.name == name) return format;
    names.push_back(format.name);
  }
  user_error("no splat format '{}'; one of {}{}", name, join(names, ", "), did_you_mean(name, names));
}

const SplatFormat& format_by_ending(const std::filesystem::path& file) {
  const SplatFormat* best = nullptr;
  size_t longest = 0;
  std::vector<std::string> endings;
  for (const auto& format : splat_formats()) {
    for (const auto& ending : format.endings) {
      endings.push_back(ending);
      if (ending.size() > longest && has_ending(file, ending)) {
        best = &format;
        longest = ending.size();
      }
    }
  }
  if (best == nullptr) {
    user_error("{}: the ending names no splat format; one of {}", file.string(), join(endings, ", "));
  }
  return *best;
}

SplatCloud read_splats(const std::filesystem::path& place) {
  const auto file = std::filesystem::is_directory(place) ? place / sog_meta : place;
  const auto bytes = io::map_file(file);
  const auto checked = [&](const SplatFormat& format) {
    auto cloud = format.read(bytes.bytes, file.string());
    cloud.check();
    return cloud;
  };
  for (const auto& format : splat_formats()) {
    if (format.recognises && format.recognises(bytes.bytes)) return checked(format);
  }
  return checked(format_by_ending(file));
}

}  // namespace retort::field
