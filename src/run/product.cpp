#include "run/product.h"

#include <algorithm>
#include <optional>

#include "core/errors.h"
#include "core/text.h"
#include "io/sha256.h"

namespace retort::run {

namespace {
namespace fs = std::filesystem;

bool leaves_folder(const fs::path& relative) {
  const auto normal = relative.lexically_normal();
  return normal.empty() || normal.is_absolute() || *normal.begin() == "..";
}

std::vector<fs::path> files_below(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

// Hash and size of a file, or of a folder: then the hash of the lines "<hash>  <path in it>" in order of path.
std::pair<std::string, uint64_t> hash_of(const fs::path& path) {
  if (!fs::is_directory(path)) return {io::sha256_of_file(path), fs::file_size(path)};
  std::string list;
  uint64_t bytes = 0;
  for (const auto& file : files_below(path)) {
    list += fmt::format("{}  {}\n", io::sha256_of_file(file), file.lexically_relative(path).generic_string());
    bytes += fs::file_size(file);
  }
  return {io::sha256_hex(list), bytes};
}

// Whether `folder` is `<name>-<yyyymmdd>-<n>`, and its date and n for comparing.
std::optional<std::pair<int64_t, int64_t>> default_name_order(const std::string& folder, const std::string& name) {
  if (!folder.starts_with(name + "-")) return {};
  const auto parts = split(std::string_view(folder).substr(name.size() + 1), '-');
  int64_t date = 0, number = 0;
  if (parts.size() != 2 || parts[0].size() != 8) return {};
  if (!parse_integer(parts[0], date) || !parse_integer(parts[1], number)) return {};
  return std::pair{date, number};
}

fs::path latest_finished_run(const fs::path& runs_root, const std::string& name) {
  std::pair<int64_t, int64_t> best_order{-1, -1};
  fs::path best;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(runs_root, error)) {
    const auto order = default_name_order(entry.path().filename().string(), name);
    if (!order || *order < best_order || !is_run_folder(entry.path())) continue;
    if (read_run_record(entry.path()).state != RunState::finished) continue;
    best_order = *order;
    best = entry.path();
  }
  return best;
}

const ProductRecord& pick_product(const RunRecord& record, const std::string& wanted, const std::string& reference) {
  std::vector<std::string> names;
  std::vector<const ProductRecord*> of_kind;
  for (const auto& product : record.products) {
    if (!wanted.empty() && product.name == wanted) return product;
    if (wanted.empty() || product.kind == wanted) of_kind.push_back(&product);
    names.push_back(product.name);
  }
  if (of_kind.size() == 1) return *of_kind.front();
  user_error("{}: {}; the run made: {}", reference,
             of_kind.empty() ? fmt::format("there is no product '{}'", wanted) : std::string("several products fit"),
             names.empty() ? "nothing" : join(names, ", "));
}
}  // namespace

ProductRecord hash_product(const fs::path& run_folder, const Product& product) {
  RT_CHECK(!leaves_folder(product.path), "product '{}': {} lies outside the run folder", product.name,
           product.path.string());
  const auto path = run_folder / product.path;
  RT_CHECK(fs::exists(path), "product '{}': {} was not written", product.name, path.string());
  const auto [sha256, bytes] = hash_of(path);
  return {product.name, product.kind, product.path.generic_string(), sha256, bytes};
}

bool is_product_reference(const std::string& reference) { return reference.starts_with("run:"); }

FoundProduct find_product(const std::string& reference, const fs::path& runs_root) {
  if (!is_product_reference(reference)) user_error("{}: is no product; write run:<name>#<product>", reference);
  const auto body = reference.substr(4);
  const auto name = body.substr(0, body.rfind('#'));
  const auto wanted = name.size() == body.size() ? "" : body.substr(name.size() + 1);
  if (name.empty()) user_error("{}: names no run; write run:<name>#<product>", reference);

  auto folder = runs_root / name;
  if (!is_run_folder(folder)) folder = is_run_folder(name) ? fs::path(name) : latest_finished_run(runs_root, name);
  if (folder.empty()) {
    user_error("{}: no finished run '{}' in {}; run its recipe first, or give the folder: run:/path/to/run#{}",
               reference, name, runs_root.string(), wanted.empty() ? "product" : wanted);
  }
  const auto record = read_run_record(folder);
  if (record.state != RunState::finished) {
    user_error("{}: the run in {} is {}; finish it with `retort resume {}`", reference, folder.string(),
               name_of(record.state), folder.string());
  }
  const auto& product = pick_product(record, wanted, reference);
  const auto path = folder / product.path;
  if (leaves_folder(product.path) || !fs::exists(path)) {
    user_error("{}: {} is gone; run the recipe again", reference, path.string());
  }
  if (leaves_folder(fs::canonical(path).lexically_relative(fs::canonical(folder)))) {
    user_error("{}: {} leads out of the run folder; put the file itself there", reference, path.string());
  }
  if (const auto sha256 = hash_of(path).first; sha256 != product.sha256) {
    user_error("{}: {} is not what the run made: its SHA-256 is {}, run.json has {}; run the recipe again", reference,
               path.string(), sha256, product.sha256);
  }
  return {folder, path};
}

fs::path resolve_product(const std::string& reference, const fs::path& runs_root) {
  return find_product(reference, runs_root).path;
}

}  // namespace retort::run
