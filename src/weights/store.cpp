#include "weights/store.h"

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "core/env.h"
#include "core/errors.h"
#include "core/text.h"
#include "io/atomic_file.h"
#include "io/mapped_file.h"
#include "io/sha256.h"
#include "weights/address.h"
#include "weights/part_origin.h"

namespace retort::weights {

namespace {
constexpr std::string_view store_scheme = "weights:";
constexpr size_t copy_piece_bytes = 1 << 20;

/// The store's whole files, sorted.
std::vector<std::filesystem::path> stored_files() {
  std::vector<std::filesystem::path> files;
  std::error_code ignored;
  for (const auto& file : std::filesystem::directory_iterator(store_folder(), ignored)) {
    const bool whole = file.is_regular_file(ignored) && file.path().extension() != ".partial";
    if (whole && is_section_name(file.path().stem().string())) files.push_back(file.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

[[noreturn]] void raise_not_stored(const std::string& name) {
  const auto& catalogue = shipped_catalogue();
  if (find_named(catalogue, name) != nullptr) {
    user_error("weights:{0}: not fetched yet; `retort weights get {0}` does it", name);
  }
  auto known = names_of(catalogue);
  for (const auto& file : stored_files()) known.push_back(file.stem().string());
  user_error("weights:{}: {} has no weights of that name{}; `retort weights list` names those that can be fetched",
             name, store_folder().string(), did_you_mean(name, known));
}
}  // namespace

std::filesystem::path store_folder() {
  if (const auto folder = env::get("WEIGHTS"); !folder.empty()) return folder;
  const char* home = std::getenv("HOME");
  if (home == nullptr || *home == '\0') user_error("no place for weights: set RETORT_WEIGHTS to a folder");
  return std::filesystem::path(home) / ".cache" / "retort" / "weights";
}

void make_store_folder() {
  std::error_code error;
  const auto folder = store_folder();
  std::filesystem::create_directories(folder, error);
  if (error)
    user_error("{}: can't be made: {}; set RETORT_WEIGHTS to another folder", folder.string(), error.message());
}

std::filesystem::path stored_file(const std::string& name, const CatalogueEntry& entry) {
  const auto address = parse_address(entry.address);
  return store_folder() / (name + (address ? file_ending(*address) : ""));
}

bool is_stored(const std::string& name, const CatalogueEntry& entry) {
  std::error_code ignored;
  const auto file = stored_file(name, entry);
  return std::filesystem::is_regular_file(file, ignored) &&
         std::filesystem::file_size(file, ignored) == static_cast<uintmax_t>(entry.bytes);
}

void store_copy(const std::string& name, const CatalogueEntry& entry, const std::filesystem::path& file) {
  const io::MappedFile source(file);
  const auto bytes = source.bytes();
  if (bytes.size() != static_cast<uint64_t>(entry.bytes)) {
    user_error("{}: has {} bytes, {} has {}; is it another file, or not loaded whole?", file.string(), bytes.size(),
               name, entry.bytes);
  }
  io::Sha256 hasher;
  hasher.update(bytes);
  if (const auto hash = hasher.hex_digest(); hash != entry.sha256) {
    user_error("{}: its SHA-256 is {}, that of {} is {}; it is another file or damaged", file.string(), hash, name,
               entry.sha256);
  }
  const auto target = stored_file(name, entry);
  make_store_folder();
  io::AtomicFile copy(target);
  for (size_t begin = 0; begin < bytes.size(); begin += copy_piece_bytes) {
    copy.write(bytes.subspan(begin, std::min(copy_piece_bytes, bytes.size() - begin)));
  }
  copy.commit();
  remove_part_origin(target);
}

std::filesystem::path locate_weights(const std::string& place) {
  if (!place.starts_with(store_scheme)) return place;
  const auto name = place.substr(store_scheme.size());
  if (!is_section_name(name)) user_error("{}: after 'weights:' comes a name of `retort weights list`", place);
  for (const auto& file : stored_files()) {
    if (file.stem() == name) return file;
  }
  raise_not_stored(name);
}

}  // namespace retort::weights
