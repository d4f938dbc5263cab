#include "run/run_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <torch/version.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/env.h"
#include "core/errors.h"
#include "io/atomic_file.h"
#include "io/json.h"
#include "io/system_error.h"
#include "run/added_products.h"
#include "run/run_record_json.h"

namespace retort::run {

namespace {
namespace fs = std::filesystem;

std::string utc_now(const char* format) {
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm parts{};
  gmtime_r(&now, &parts);
  char text[32];
  return {text, std::strftime(text, sizeof text, format, &parts)};
}

void make_folders(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) io::raise_system_error(folder, "the run folder can't be made", error.value());
}

// Makes `<root>/<method>-<date>-<n>` with the first free n; making it is what takes it.
fs::path make_numbered_folder(const fs::path& root, const std::string& method) {
  make_folders(root);
  const auto stem = fmt::format("{}-{}", method, utc_now("%Y%m%d"));
  for (int number = 1;; ++number) {
    const auto folder = root / fmt::format("{}-{}", stem, number);
    std::error_code error;
    if (fs::create_directory(folder, error)) return folder;
    if (error) io::raise_system_error(folder, "the run folder can't be made", error.value());
  }
}

// Files that a start which failed half-way (disk full, killed) leaves behind count for nothing.
bool holds_something(const fs::path& folder) {
  std::error_code error;
  if (!fs::exists(folder, error)) return false;
  if (!fs::is_directory(folder, error)) user_error("{}: is a file; give a folder for the run", folder.string());
  const auto entries = fs::directory_iterator(folder, error);
  if (error) io::raise_system_error(folder, "the run folder can't be read", error.value());
  return std::any_of(begin(entries), end(entries), [](const fs::directory_entry& entry) {
    const auto name = entry.path().filename();
    return name != ".lock" && name != "recipe.yaml.partial" && name != "run.json.partial";
  });
}

void remove_content(const fs::path& folder) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (entry.path().filename() != ".lock") fs::remove_all(entry.path(), error);
    if (error) io::raise_system_error(entry.path(), "can't be removed", error.value());
  }
}
}  // namespace

bool is_run_folder(const fs::path& folder) {
  std::error_code error;
  return fs::is_regular_file(folder / "run.json", error) && fs::is_regular_file(folder / "recipe.yaml", error);
}

bool is_at_work(const fs::path& folder, const RunRecord& record) {
  if (record.state != RunState::running) return false;
  const int descriptor = ::open((folder / ".lock").c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return false;
  // A shared lock is refused while the run holds its own, and given back at once by closing.
  const bool held = flock(descriptor, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
  close(descriptor);
  return held;
}

RunRecord read_run_record(const fs::path& folder) {
  if (!is_run_folder(folder)) user_error("{}: is no run folder (a run has run.json and recipe.yaml)", folder.string());
  auto record = record_from_json(io::read_json(folder / "run.json", 16 << 20), (folder / "run.json").string());
  for (auto& added : read_added_products(folder)) {
    std::erase_if(record.products, [&](const ProductRecord& own) { return own.name == added.name; });
    record.products.push_back(std::move(added));
  }
  return record;
}

RunFolder RunFolder::create(const RunFolderOptions& options, const RunDescription& description) {
  const bool named = !options.output.empty();
  if (named && holds_something(options.output)) {
    if (!is_run_folder(options.output)) {
      user_error("{}: is neither empty nor a run; name another folder with --output", options.output.string());
    }
    if (!options.overwrite) {
      user_error(
          "{}: holds a run already; go on with `retort resume {}`, replace it with --overwrite, or name another "
          "folder with --output",
          options.output.string(), options.output.string());
    }
  }
  if (named) make_folders(options.output);
  RunFolder folder(named ? options.output : make_numbered_folder(options.runs_root, description.method));
  folder.lock();
  remove_content(folder.path_);
  folder.record_.description = description;
  folder.record_.libtorch_version = TORCH_VERSION;
  folder.record_.environment = env::set();
  folder.record_.started_at = utc_now("%Y-%m-%dT%H:%M:%SZ");
  io::write_whole_file(folder.recipe_file(), description.recipe);
  folder.write_record();
  return folder;
}

RunFolder RunFolder::open(const fs::path& path) {
  if (!is_run_folder(path)) user_error("{}: is no run folder (a run has run.json and recipe.yaml)", path.string());
  RunFolder folder(path);
  folder.lock();
  folder.record_ = read_run_record(path);
  return folder;
}

void RunFolder::lock() {
  const auto file = path_ / ".lock";
  lock_descriptor_ = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (lock_descriptor_ < 0) io::raise_system_error(file, "the run folder can't be written", errno);
  if (flock(lock_descriptor_, LOCK_EX | LOCK_NB) == 0) return;
  if (errno != EWOULDBLOCK) io::raise_system_error(file, "the run folder can't be locked", errno);
  user_error("{}: another process is at work on this run; wait for it or stop it", path_.string());
}

RunFolder::~RunFolder() {
  if (lock_descriptor_ >= 0) close(lock_descriptor_);
}

RunFolder::RunFolder(RunFolder&& other) noexcept
    : path_(std::move(other.path_)),
      record_(std::move(other.record_)),
      lock_descriptor_(std::exchange(other.lock_descriptor_, -1)) {}

void RunFolder::write_record() const {
  io::write_whole_file(path_ / "run.json",
                       record_to_json(record_).dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

}  // namespace retort::run
