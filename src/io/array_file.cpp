#include "io/array_file.h"

#include <algorithm>
#include <string>
#include <vector>

#include "core/errors.h"
#include "core/text.h"
#include "io/npy.h"
#include "io/safetensors.h"
#include "io/torch_checkpoint.h"
#include "io/zip.h"

namespace retort::io {
namespace {

constexpr size_t max_names_shown = 5;

// A header length whose upper half is zero, then the header's brace.
bool looks_like_safetensors(std::span<const uint8_t> bytes) {
  return bytes.size() > 8 && bytes[8] == '{' && std::all_of(&bytes[4], &bytes[8], [](uint8_t b) { return b == 0; });
}

}  // namespace

NamedArrays read_arrays(const std::filesystem::path& path) {
  const std::string name = path.string();
  if (name.ends_with(".index.json")) return read_safetensors_index(path).tensors;
  const SharedBytes file = map_file(path);
  if (file.bytes.empty()) user_error("{}: is empty; a file of tensors is needed", name);
  if (looks_like_npy(file.bytes)) return {{"value", parse_npy(file, name)}};
  if (looks_like_safetensors(file.bytes)) return parse_safetensors(file, name).tensors;
  if (looks_like_zip(file.bytes) && !is_torch_archive(ZipArchive(file, name))) return parse_npz(file, name);
  if (looks_like_zip(file.bytes) || looks_like_pickle(file.bytes)) {
    return flatten(parse_torch_checkpoint(file, name), name);
  }
  user_error("{}: holds no tensors that can be read; safetensors, npy, npz and PyTorch checkpoints can", name);
}

Array read_single_array(const std::filesystem::path& path) {
  const NamedArrays arrays = read_arrays(path);
  if (arrays.size() == 1) return arrays.begin()->second;
  if (arrays.empty()) user_error("{}: holds no tensor; one is needed", path.string());
  std::vector<std::string> names;
  for (const auto& [name, array] : arrays) {
    if (names.size() < max_names_shown) names.push_back(name);
  }
  user_error("{}: holds {} tensors ({}{}); exactly one is needed", path.string(), arrays.size(), join(names, ", "),
             arrays.size() > max_names_shown ? ", ..." : "");
}

}  // namespace retort::io
