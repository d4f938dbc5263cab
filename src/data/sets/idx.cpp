#include "data/sets/idx.h"

#include <algorithm>
#include <utility>

#include "core/errors.h"
#include "data/sets/memory_set.h"
#include "io/bytes.h"

namespace retort::data {
namespace {

constexpr uint8_t idx_unsigned_byte = 0x08;
constexpr uint64_t max_idx_file_bytes = uint64_t{8} << 30;

// The file of that name, with '-' or (as some copies have it) '.' before "idx", perhaps gzipped.
std::string find_idx_file(const FileTree& tree, const std::string& split, const std::string& what, const char* kind) {
  std::vector<std::string> tried = {split};
  if (split == "test") tried.push_back("t10k");
  for (const auto& begin : tried) {
    for (const char* joint : {"-", "."}) {
      const std::string wanted = begin + "-" + what + joint + kind + "-ubyte";
      for (const auto& name : tree.names()) {
        const auto slash = name.rfind('/');
        const auto last = std::string_view(name).substr(slash == std::string::npos ? 0 : slash + 1);
        if (last == wanted || last == wanted + ".gz") return name;
      }
    }
  }
  user_error("{}: holds no {}-{}-{}-ubyte (or .gz)", tree.root(), tried.back(), what, kind);
}

io::Array read_idx(const FileTree& tree, const std::string& name) {
  return parse_idx(tree.read_unpacked(name, max_idx_file_bytes), tree.full_name(name));
}

}  // namespace

io::Array parse_idx(io::SharedBytes file, const std::string& name) {
  io::ByteReader in(file.bytes, name);
  in.require(in.read<uint16_t>() == 0, "does not begin like an IDX file (two zero bytes)");
  in.require(in.read<uint8_t>() == idx_unsigned_byte, "its elements are no unsigned bytes, the only IDX type read");
  const int dimensions = in.read<uint8_t>();
  in.require(dimensions >= 1 && dimensions <= 8, "has an odd number of dimensions", uint64_t(dimensions));
  std::vector<int64_t> shape;
  for (int d = 0; d < dimensions; ++d) shape.push_back(__builtin_bswap32(in.read<uint32_t>()));
  const auto bytes = io::byte_count(io::DType::u8, shape);
  if (!bytes || *bytes != in.remaining()) {
    user_error("{}: its header says {}, its content is {} bytes; the file is damaged or cut off, copy it again", name,
               io::shape_text(shape), in.remaining());
  }
  return {io::DType::u8, std::move(shape), {file.owner, in.take(*bytes)}};
}

DatasetPtr open_idx(const FileTree& tree, const std::string& split, std::vector<std::string> class_names) {
  const std::string image_file = find_idx_file(tree, split, "images", "idx3");
  const std::string label_file = find_idx_file(tree, split, "labels", "idx1");
  const io::Array images = read_idx(tree, image_file), labels = read_idx(tree, label_file);
  const bool colour = images.dimensions() == 4 && images.shape[1] == 3;
  if (!colour && images.dimensions() != 3) {
    user_error("{}: has shape {}; [N,H,W] or [N,3,H,W] is expected", tree.full_name(image_file),
               io::shape_text(images.shape));
  }
  if (labels.dimensions() != 1 || labels.shape[0] != images.shape[0]) {
    user_error("{}: has shape {}, but there are {} pictures", tree.full_name(label_file), io::shape_text(labels.shape),
               images.shape[0]);
  }
  const int64_t height = images.shape[images.shape.size() - 2], width = images.shape.back();
  if (images.count() == 0 || height > 65535 || width > 65535) {
    user_error("{}: has shape {}: no pictures, or too large ones", tree.full_name(image_file),
               io::shape_text(images.shape));
  }
  MemorySetParts parts{.channels = colour ? 3 : 1, .height = int(height), .width = int(width)};
  parts.runs.push_back(
      {tree.full_name(image_file), images.data, size_t(images.count() / images.shape[0]), images.shape[0]});
  parts.labels = labels.to_integers("labels");
  if (class_names.empty()) {
    const int64_t highest = *std::max_element(parts.labels.begin(), parts.labels.end());
    for (int64_t i = 0; i <= highest; ++i) class_names.push_back(std::to_string(i));
  }
  parts.class_names = std::move(class_names);
  return make_memory_set(std::move(parts));
}

}  // namespace retort::data
