#include "io/safetensors.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

#include "core/errors.h"
#include "io/atomic_file.h"
#include "io/bytes.h"
#include "io/json.h"

namespace retort::io {
namespace {

constexpr const char* metadata_key = "__metadata__";
constexpr size_t header_alignment = 8;

constexpr std::array<std::pair<const char*, DType>, 10> safetensors_dtypes = {{{"F64", DType::f64},
                                                                               {"F32", DType::f32},
                                                                               {"F16", DType::f16},
                                                                               {"BF16", DType::bf16},
                                                                               {"I64", DType::i64},
                                                                               {"I32", DType::i32},
                                                                               {"I16", DType::i16},
                                                                               {"I8", DType::i8},
                                                                               {"U8", DType::u8},
                                                                               {"BOOL", DType::boolean}}};

const char* safetensors_name(DType dtype) {
  for (const auto& [name, known] : safetensors_dtypes) {
    if (known == dtype) return name;
  }
  fault("dtype {} has no name in safetensors", name_of(dtype));
}

// One entry of the header, checked on its own but not yet against its neighbours.
struct HeaderEntry {
  std::string name;
  DType dtype;
  std::vector<int64_t> shape;
  uint64_t begin, end;
};

uint64_t header_number(const nlohmann::json& value, const std::string& where, const char* what) {
  // The parser stores whole numbers from 0 to 2^64 - 1 as unsigned; all else (-1, 2.5, 1e30) has no place here.
  if (!value.is_number_unsigned()) user_error("{}: {} must be a whole number, 0 or more", where, what);
  return value.get<uint64_t>();
}

HeaderEntry parse_entry(const std::string& tensor, const nlohmann::json& entry, const std::string& file) {
  const std::string where = fmt::format("{}: tensor '{}'", file, tensor);
  if (!entry.is_object() || entry.size() != 3 || !entry.contains("dtype") || !entry.contains("shape") ||
      !entry.contains("data_offsets")) {
    user_error("{}: its header entry must have exactly dtype, shape and data_offsets", where);
  }
  const auto& dtype = entry["dtype"];
  if (!dtype.is_string()) user_error("{}: dtype must be a text", where);
  const auto known = std::find_if(safetensors_dtypes.begin(), safetensors_dtypes.end(),
                                  [&](const auto& pair) { return dtype.get_ref<const std::string&>() == pair.first; });
  if (known == safetensors_dtypes.end()) {
    user_error("{}: dtype {} is not supported; F64, F32, F16, BF16, I64, I32, I16, I8, U8 and BOOL are", where,
               dtype.get<std::string>());
  }
  HeaderEntry result{tensor, known->second, {}, 0, 0};
  if (!entry["shape"].is_array()) user_error("{}: shape must be a list", where);
  for (const auto& length : entry["shape"]) {
    const uint64_t value = header_number(length, where, "a length in shape");
    if (value > static_cast<uint64_t>(INT64_MAX)) user_error("{}: a length in shape is too large: {}", where, value);
    result.shape.push_back(static_cast<int64_t>(value));
  }
  const auto& offsets = entry["data_offsets"];
  if (!offsets.is_array() || offsets.size() != 2) user_error("{}: data_offsets must be two numbers", where);
  result.begin = header_number(offsets[0], where, "an offset");
  result.end = header_number(offsets[1], where, "an offset");
  const auto bytes = byte_count(result.dtype, result.shape);
  if (!bytes) user_error("{}: shape {} is too large", where, shape_text(result.shape));
  if (result.end < result.begin || result.end - result.begin != *bytes) {
    user_error("{}: shape {} of {} takes {} bytes, but data_offsets are {} and {}", where, shape_text(result.shape),
               dtype.get<std::string>(), *bytes, result.begin, result.end);
  }
  return result;
}

StringMap parse_metadata(const nlohmann::json& value, const std::string& file) {
  if (!value.is_object()) user_error("{}: {} must map texts to texts", file, metadata_key);
  StringMap metadata;
  for (const auto& [key, text] : value.items()) {
    if (!text.is_string()) user_error("{}: {} entry '{}' must be a text", file, metadata_key, key);
    metadata[key] = text.get<std::string>();
  }
  return metadata;
}

// The tensors must cover the data exactly: an overlap or a gap is damage or a hidden message.
void check_coverage(std::vector<HeaderEntry>& entries, uint64_t data_size, const std::string& file) {
  std::sort(entries.begin(), entries.end(), [](const HeaderEntry& a, const HeaderEntry& b) {
    return std::tie(a.begin, a.end, a.name) < std::tie(b.begin, b.end, b.name);
  });
  uint64_t expected = 0;
  for (const auto& entry : entries) {
    if (entry.end > data_size) {
      user_error("{}: tensor '{}' ends at byte {} of the data, but the file has only {}; the file is cut off", file,
                 entry.name, entry.end, data_size);
    }
    if (entry.begin != expected) {
      user_error("{}: tensor '{}' {} (begins at byte {} of the data, expected {})", file, entry.name,
                 entry.begin < expected ? "overlaps another tensor" : "leaves a gap before it", entry.begin, expected);
    }
    expected = entry.end;
  }
  if (expected != data_size) {
    user_error("{}: {} bytes after the last tensor belong to none", file, data_size - expected);
  }
}

}  // namespace

Safetensors parse_safetensors(SharedBytes file, const std::string& name) {
  ByteReader in(file.bytes, name);
  if (in.size() < 8) user_error("{}: is no safetensors file: it has only {} bytes", name, in.size());
  const auto header_size = in.read<uint64_t>();
  if (header_size > max_safetensors_header_bytes) {
    user_error("{}: its header claims {} bytes, more than the format's limit of {}; is it a safetensors file?", name,
               header_size, max_safetensors_header_bytes);
  }
  if (header_size > in.remaining()) {
    user_error("{}: its header claims {} bytes, but the file has only {} more; it is cut off or no safetensors file",
               name, header_size, in.remaining());
  }
  const auto header = parse_json(in.text(header_size), name);
  if (!header.is_object()) user_error("{}: its header must be a JSON object", name);
  Safetensors result;
  std::vector<HeaderEntry> entries;
  for (const auto& [key, value] : header.items()) {
    if (key == metadata_key) {
      result.metadata = parse_metadata(value, name);
    } else {
      entries.push_back(parse_entry(key, value, name));
    }
  }
  check_coverage(entries, in.remaining(), name);
  const auto data = file.bytes.subspan(in.position());
  for (auto& entry : entries) {
    const auto bytes = data.subspan(entry.begin, entry.end - entry.begin);
    result.tensors[entry.name] = Array{entry.dtype, std::move(entry.shape), {file.owner, bytes}};
  }
  return result;
}

Safetensors read_safetensors(const std::filesystem::path& path) {
  return parse_safetensors(map_file(path), path.string());
}

void write_safetensors(const std::filesystem::path& path, const NamedArrays& tensors, const StringMap& metadata) {
  std::vector<const NamedArrays::value_type*> order;
  for (const auto& entry : tensors) order.push_back(&entry);
  std::stable_sort(order.begin(), order.end(),
                   [](const auto* a, const auto* b) { return size_of(a->second.dtype) > size_of(b->second.dtype); });
  nlohmann::ordered_json header = nlohmann::ordered_json::object();
  if (!metadata.empty()) header[metadata_key] = metadata;
  uint64_t offset = 0;
  for (const auto* entry : order) {
    const auto& [name, array] = *entry;
    RT_CHECK(name != metadata_key, "a tensor can't be called {}", metadata_key);
    const uint64_t end = offset + array.bytes().size();
    header[name] = {{"dtype", safetensors_name(array.dtype)}, {"shape", array.shape}, {"data_offsets", {offset, end}}};
    offset = end;
  }
  std::string text;
  try {
    text = header.dump();
  } catch (const nlohmann::json::exception& error) {
    fault("{}: a name or metadata entry is no UTF-8 text: {}", path.string(), error.what());
  }
  text.append((header_alignment - text.size() % header_alignment) % header_alignment, ' ');
  ByteWriter length;
  length.write<uint64_t>(text.size());
  AtomicFile file(path);
  file.write(length.bytes());
  file.write(text);
  for (const auto* entry : order) file.write(entry->second.bytes());
  file.commit();
}

Safetensors read_safetensors_index(const std::filesystem::path& index) {
  const auto json = read_json(index);
  const std::string name = index.string();
  if (!json.is_object() || !json.contains("weight_map") || !json["weight_map"].is_object()) {
    user_error("{}: is no safetensors index: it needs a 'weight_map' from tensor to file name", name);
  }
  std::map<std::string, std::set<std::string>> shards;
  for (const auto& [tensor, shard] : json["weight_map"].items()) {
    if (!shard.is_string()) user_error("{}: weight_map entry '{}' must be a file name", name, tensor);
    const std::filesystem::path file = shard.get<std::string>();
    if (file.empty() || file.filename() != file || file == "." || file == "..") {
      user_error("{}: weight_map entry '{}' names '{}'; shards must lie beside the index", name, tensor, file.string());
    }
    shards[file.string()].insert(tensor);
  }
  Safetensors result;
  for (const auto& [shard, wanted] : shards) {
    const auto path = index.parent_path() / shard;
    auto part = read_safetensors(path);
    for (const auto& tensor : wanted) {
      const auto found = part.tensors.find(tensor);
      if (found == part.tensors.end())
        user_error("{}: lacks tensor '{}' that {} promises", path.string(), tensor, name);
      result.tensors.insert(std::move(*found));
    }
    result.metadata.merge(part.metadata);
  }
  return result;
}

}  // namespace retort::io
