// The file formats of splats, by name.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "distil/field/splat_files/splat_cloud.h"

namespace retort::field {

struct SplatFormat {
  std::string name;  ///< "spz"
  /// ".spz"; the longest ending that fits a file's name decides. "/meta.json": a file of this name in its own folder.
  std::vector<std::string> endings;
  std::string keeps;  ///< one line: what survives, and how exactly
  bool keeps_features;
  /// Whether a file's bytes are of this format. Null where the content doesn't tell.
  std::function<bool(std::span<const uint8_t>)> recognises;
  /// UserError led by `name`, which is the file's path, for damaged files. Nothing is allocated that the bytes could
  /// not hold.
  std::function<SplatCloud(std::span<const uint8_t> bytes, const std::string& name)> read;
  /// Writes atomically. What the format can't keep is left out.
  std::function<void(const std::filesystem::path&, const SplatCloud&)> write;
};

/// All formats; the first that recognises a file reads it.
const std::vector<SplatFormat>& splat_formats();

/// The format of this name. UserError with the nearest one.
const SplatFormat& splat_format(const std::string& name);

/// The format that a file's name asks for. UserError that lists the endings when there is none.
const SplatFormat& format_by_ending(const std::filesystem::path& file);

/// Reads a file by its content, else by its ending; a folder that holds meta.json as SOG.
SplatCloud read_splats(const std::filesystem::path& place);

// The formats one by one; docs/formats.md says what each keeps.

/// 3DGS PLY in all its flavours: ascii, both byte orders, any order and type of properties, with or without normals,
/// f_rest of degree 0 to 3, semantic_*. UserError for clouds that are no splats (points with colours only).
bool is_ply(std::span<const uint8_t> bytes);
SplatCloud read_splat_ply(std::span<const uint8_t> bytes, const std::string& name);
/// As the authors write it: normals (zero), f_rest always of degree 3 since viewers take their number for the degree,
/// semantic_0..N-1. Lean: no normals and f_rest of the cloud's own degree. Ascii: the full one as text.
enum class PlyFlavour { full, lean, ascii };
void write_splat_ply(const std::filesystem::path& file, const SplatCloud& cloud, PlyFlavour flavour);

/// PlayCanvas's compressed PLY: chunks of 256 splats, 16 bytes a splat and a byte for each further SH value.
bool is_compressed_ply(std::span<const uint8_t> bytes);
SplatCloud read_compressed_ply(std::span<const uint8_t> bytes, const std::string& name);
void write_compressed_ply(const std::filesystem::path& file, const SplatCloud& cloud);

/// .splat of the first browser viewers: 32 bytes a splat, constant colour.
SplatCloud read_dot_splat(std::span<const uint8_t> bytes, const std::string& name);
void write_dot_splat(const std::filesystem::path& file, const SplatCloud& cloud);

/// SPZ, versions 2 to 4 read; 3 (gzip), which most programs read, or 4 (Zstandard) written.
bool is_spz(std::span<const uint8_t> bytes);
SplatCloud read_spz(std::span<const uint8_t> bytes, const std::string& name);
void write_spz(const std::filesystem::path& file, const SplatCloud& cloud);
void write_spz_zstd(const std::filesystem::path& file, const SplatCloud& cloud);

/// Binary glTF 2.0 with KHR_gaussian_splatting (release candidate of 2026-04-15), float32 throughout.
bool is_glb(std::span<const uint8_t> bytes);
SplatCloud read_glb(std::span<const uint8_t> bytes, const std::string& name);
void write_glb(const std::filesystem::path& file, const SplatCloud& cloud);

/// SOG of PlayCanvas, versions 1 and 2 read, 2 written: lossless WebP pictures and meta.json in a zip archive, or as
/// files of a folder. Reading a folder takes the bytes of meta.json, and what that names from the files beside it.
/// Writing a folder makes it when its parent is there.
bool is_sog(std::span<const uint8_t> bytes);
SplatCloud read_sog(std::span<const uint8_t> bytes, const std::string& name);
SplatCloud read_sog_folder(std::span<const uint8_t> bytes, const std::string& meta_file);
void write_sog(const std::filesystem::path& file, const SplatCloud& cloud);
void write_sog_folder(const std::filesystem::path& meta_file, const SplatCloud& cloud);

}  // namespace retort::field
