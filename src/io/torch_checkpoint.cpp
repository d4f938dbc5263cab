#include "io/torch_checkpoint.h"

#include <algorithm>
#include <map>
#include <utility>

#include "core/errors.h"
#include "io/bytes.h"
#include "io/pickle_machine.h"
#include "io/torch_storages.h"
#include "io/zip.h"

namespace retort::io {
namespace {

constexpr uint8_t pickle_proto_opcode = 0x80;
constexpr std::string_view legacy_magic("\x8a\x0al\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.", 13);
constexpr int64_t legacy_protocol = 1001;
constexpr std::string_view pickle_member = "/data.pkl";
constexpr uint64_t max_pickle_member_bytes = 64u << 20;
constexpr uint64_t max_bare_pickle_bytes = 1u << 30;
constexpr uint64_t max_storage_bytes = uint64_t{1} << 40;

bool is_legacy_stream(std::span<const uint8_t> bytes) {
  return looks_like_pickle(bytes) && ByteReader(bytes.subspan(2), "").begins_with(legacy_magic);
}

// The archive's folder: "archive" for "archive/data.pkl"; empty when there is no such member.
std::string archive_folder(const ZipArchive& archive) {
  for (const auto& [member, facts] : archive.members()) {
    if (member.ends_with(pickle_member) && std::count(member.begin(), member.end(), '/') == 1) {
      return member.substr(0, member.size() - pickle_member.size());
    }
  }
  return "";
}

void refuse_torchscript(const ZipArchive& archive, const std::string& folder) {
  // A program has its constants and code beside the data, in a folder of any name.
  const bool has_code = std::any_of(archive.members().begin(), archive.members().end(), [&](const auto& member) {
    return member.first.starts_with(folder + "/code/") || member.first == folder + "/constants.pkl";
  });
  if (has_code) {
    user_error(
        "{}: is a TorchScript program (torch.jit.save), not a checkpoint of weights; running it needs "
        "--trust-torchscript, because a program can do anything; or save its state_dict() with torch.save",
        archive.name());
  }
}

PickleValue parse_archive(const SharedBytes& file, const std::string& name) {
  const ZipArchive archive(file, name);
  const std::string folder = archive_folder(archive);
  if (folder.empty()) user_error("{}: is a ZIP archive but no PyTorch checkpoint: it has no data.pkl", name);
  refuse_torchscript(archive, folder);
  if (const std::string member = folder + "/byteorder"; archive.contains(member)) {
    const SharedBytes order = archive.read(member, 16);
    if (std::string(order.bytes.begin(), order.bytes.end()) != "little") {
      user_error("{}: was saved on a big-endian machine; save it again on a little-endian one", name);
    }
  }
  const SharedBytes pickle = archive.read(folder + std::string(pickle_member), max_pickle_member_bytes);
  ByteReader in(pickle.bytes, name);
  const PickleGraph graph = run_pickle(in);
  storages_of(graph, name);  // refuses contradictions
  std::map<std::string, SharedBytes> loaded;
  const auto source = [&](const TorchStorage& storage) {
    if (const auto known = loaded.find(storage.key); known != loaded.end()) return known->second;
    SharedBytes bytes = archive.read(folder + "/data/" + storage.key, max_storage_bytes);
    if (bytes.bytes.size() != storage.byte_size()) {
      user_error("{}: storage '{}' has {} bytes, but {} elements of {} are promised", name, storage.key,
                 bytes.bytes.size(), storage.count, name_of(storage.dtype));
    }
    return loaded.emplace(storage.key, std::move(bytes)).first->second;
  };
  return resolve_pickle(graph, source, file.bytes.size(), name);
}

void check_legacy_head(ByteReader& in) {
  in.skip(2 + legacy_magic.size());
  const PickleGraph version = run_pickle(in);
  const PickleNode& number = version.node(version.root);
  in.require(number.kind == PickleKind::integer && number.integer == legacy_protocol,
             "the checkpoint's protocol version is unknown (1001 is read)");
  const PickleGraph system = run_pickle(in);
  const PickleNode& facts = system.node(system.root);
  in.require(facts.kind == PickleKind::dict, "the checkpoint's system description is malformed");
  for (size_t i = 0; i < facts.items.size(); i += 2) {
    if (system.node(facts.items[i]).text != "little_endian") continue;
    in.require(system.node(facts.items[i + 1]).integer == 1,
               "was saved on a big-endian machine; save it again on a little-endian one");
  }
}

// magic, version, system, the object, the keys of the storages, then each storage: its length and its bytes.
PickleValue parse_legacy_stream(const SharedBytes& file, const std::string& name) {
  ByteReader in(file.bytes, name);
  check_legacy_head(in);
  const PickleGraph graph = run_pickle(in);
  const auto promised = storages_of(graph, name);
  const PickleGraph keys = run_pickle(in);
  const PickleNode& list = keys.node(keys.root);
  in.require(list.kind == PickleKind::list, "the checkpoint's list of storages is malformed");
  std::map<std::string, SharedBytes> loaded;
  for (const PickleNodeId id : list.items) {
    const std::string& key = keys.node(id).text;
    const auto found = promised.find(key);
    in.require(found != promised.end(), "the checkpoint has a storage that no tensor uses");
    const auto count = in.read<uint64_t>();
    in.require(count == found->second.count, "a storage's length differs from what its tensors promise", count);
    loaded[key] = {file.owner, in.take(found->second.byte_size())};
  }
  const auto source = [&](const TorchStorage& storage) {
    const auto found = loaded.find(storage.key);
    if (found == loaded.end()) user_error("{}: lacks the storage '{}' of a tensor", name, storage.key);
    return found->second;
  };
  return resolve_pickle(graph, source, file.bytes.size(), name);
}

PickleValue parse_bare_pickle(const SharedBytes& file, const std::string& name) {
  ByteReader in(file.bytes, name);
  // NumPy arrays lie within the pickle: CIFAR-100's is 155 MB.
  const PickleGraph graph = run_pickle(in, max_bare_pickle_bytes);
  const auto source = [&](const TorchStorage&) -> SharedBytes {
    user_error("{}: is a bare pickle, which can't hold tensors; save it with torch.save", name);
  };
  return resolve_pickle(graph, source, file.bytes.size(), name);
}

}  // namespace

bool looks_like_pickle(std::span<const uint8_t> bytes) {
  return bytes.size() >= 2 && bytes[0] == pickle_proto_opcode && bytes[1] >= 2 && bytes[1] <= 5;
}

bool is_torch_archive(const ZipArchive& archive) { return !archive_folder(archive).empty(); }

PickleValue parse_torch_checkpoint(SharedBytes file, const std::string& name) {
  if (looks_like_zip(file.bytes)) return parse_archive(file, name);
  if (is_legacy_stream(file.bytes)) return parse_legacy_stream(file, name);
  if (looks_like_pickle(file.bytes)) return parse_bare_pickle(file, name);
  user_error("{}: is no PyTorch checkpoint: it begins neither like a ZIP archive nor like a pickle", name);
}

PickleValue read_torch_checkpoint(const std::filesystem::path& path) {
  return parse_torch_checkpoint(map_file(path), path.string());
}

}  // namespace retort::io
