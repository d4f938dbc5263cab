#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <memory>

#include "cli/failures.h"
#include "cli/verbs.h"
#include "run/parity.h"

namespace retort::cli {

namespace {
namespace fs = std::filesystem;

struct ParityOptions {
  std::vector<std::string> paths;
  std::string dtype = "stored";
};

void append_golden_files(const fs::path& path, std::vector<fs::path>& files) {
  if (fs::is_regular_file(path)) return files.push_back(path);
  if (!fs::is_directory(path)) user_error("{}: no such file or folder", path.string());
  const size_t before = files.size();
  for (const auto& entry : fs::recursive_directory_iterator(path)) {
    if (entry.is_regular_file() && entry.path().extension() == ".safetensors") files.push_back(entry.path());
  }
  if (files.size() == before) user_error("{}: holds no .safetensors files", path.string());
  std::sort(files.begin() + static_cast<std::ptrdiff_t>(before), files.end());
}

int check_parity(const ParityOptions& options, Invocation& invocation) {
  if (options.dtype != "stored" && options.dtype != "float64") {
    user_error("parity: --dtype '{}' is neither 'stored' nor 'float64'", options.dtype);
  }
  const auto dtype = options.dtype == "float64" ? run::ParityDtype::float64 : run::ParityDtype::as_stored;
  std::vector<fs::path> files;
  for (const auto& path : options.paths) append_golden_files(path, files);
  int passed = 0, failed = 0, skipped = 0;
  for (const auto& file : files) {
    if (invocation.context.stop.requested()) return stopped_exit(invocation.context.stop);
    const auto outcome = run::run_parity_file(invocation.registries, file, dtype);
    fmt::print("{}\n", outcome.line);
    passed += outcome.kind == run::ParityOutcome::Kind::passed;
    failed += outcome.kind == run::ParityOutcome::Kind::failed;
    skipped += outcome.kind == run::ParityOutcome::Kind::skipped;
  }
  fmt::print("{} passed, {} failed{}\n", passed, failed, skipped > 0 ? fmt::format(", {} skipped", skipped) : "");
  return failed == 0 ? exit_done : exit_fault;
}
}  // namespace

Verb make_parity_verb() {
  return {
      .name = "parity",
      .heading = "Check",
      .summary = "holds pure functions to numbers of the authors' own code",
      .examples = {{"parity tests/golden", "all golden files of the project"},
                   {"parity --dtype float64 tests/golden/metrics", "in double precision, which shows small mistakes"}},
      .add_options = [](CLI::App& parser) -> Action {
        auto options = std::make_shared<ParityOptions>();
        parser.add_option("FILE", options->paths, "golden files (.safetensors), or folders of them")->required();
        parser
            .add_option("--dtype", options->dtype, "float64: compute in double precision; stored: as the file's inputs")
            ->type_name("TYPE");
        return [options](Invocation& invocation) { return check_parity(*options, invocation); };
      },
      .verbs = {}};
}

}  // namespace retort::cli
