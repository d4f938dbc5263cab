#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <optional>

#include "cli/failures.h"
#include "cli/verbs.h"
#include "core/errors.h"
#include "core/text.h"
#include "io/sha256.h"
#include "run/progress.h"
#include "weights/download.h"
#include "weights/store.h"

namespace retort::cli {

namespace {
struct WeightsVerbOptions {
  std::string catalogue, from;
  std::vector<std::string> names;

  weights::Catalogue entries() const {
    return catalogue.empty() ? weights::shipped_catalogue() : weights::load_catalogue(catalogue);
  }
};

std::shared_ptr<WeightsVerbOptions> add_catalogue_option(CLI::App& parser) {
  auto options = std::make_shared<WeightsVerbOptions>();
  parser.add_option("--catalogue", options->catalogue, "another catalogue: a mirror's, or weights of one's own")
      ->type_name("FILE");
  return options;
}

std::string stored_state(const std::string& name, const weights::CatalogueEntry& entry) {
  std::error_code ignored;
  auto partial = weights::stored_file(name, entry);
  partial += ".partial";
  if (weights::is_stored(name, entry)) return "here";
  return std::filesystem::exists(partial, ignored) ? "a part is here" : "-";
}

int list_weights(const WeightsVerbOptions& options) {
  fmt::print("in {}:\n", weights::store_folder().string());
  for (const auto& [name, entry] : options.entries()) {
    fmt::print("{:<16} {:>9}  {:<14}  {:<12}  {}\n  {}\n", name, human_bytes(static_cast<double>(entry.bytes)),
               stored_state(name, entry), entry.licence, entry.purpose, entry.address);
  }
  return exit_done;
}

int print_weights_path(const WeightsVerbOptions& options) {
  const auto& name = options.names.front();
  const auto catalogue = options.entries();
  const auto& entry = weights::find_weights(catalogue, name);
  if (!weights::is_stored(name, entry)) user_error("{0}: not fetched yet; `retort weights get {0}` does it", name);
  fmt::print("{}\n", weights::stored_file(name, entry).string());
  return exit_done;
}

/// What lies under the name already must be what the catalogue means.
bool is_there(const std::string& name, const weights::CatalogueEntry& entry) {
  const auto file = weights::stored_file(name, entry);
  std::error_code ignored;
  if (!std::filesystem::exists(file, ignored)) return false;
  if (!weights::is_stored(name, entry) || io::sha256_of_file(file) != entry.sha256) {
    user_error("{}: is another file than the catalogue's {}; remove it and try again", file.string(), name);
  }
  return true;
}

/// A bar for one file; whatever ends the download ends the bar's line.
class DownloadBar {
 public:
  DownloadBar(std::string name, int64_t total, bool quiet) : name_(std::move(name)), total_(total), quiet_(quiet) {}
  ~DownloadBar() {
    if (progress_) progress_->finish(done_, done_ == total_ ? "" : "broken off");
  }
  DownloadBar(const DownloadBar&) = delete;
  DownloadBar& operator=(const DownloadBar&) = delete;

  void show(uint64_t bytes) {
    done_ = static_cast<int64_t>(bytes);
    if (!progress_) {
      progress_.emplace(
          run::ProgressOptions{.style = run::default_progress_style(quiet_), .unit = run::ProgressUnit::bytes},
          run::Plan{.phases = {{name_, total_}}, .notes = {}}, done_);
    }
    progress_->update(done_, "");
  }

 private:
  std::string name_;
  int64_t total_, done_ = 0;
  bool quiet_;
  std::optional<run::Progress> progress_;
};

/// One file from its address; false when a signal stopped it.
bool fetch_weights(const std::string& name, const weights::CatalogueEntry& entry, Invocation& invocation) {
  const auto client = weights::make_http_client();
  const auto target = weights::stored_file(name, entry);
  weights::make_store_folder();
  DownloadBar bar(name, entry.bytes, invocation.quiet);
  return weights::download(entry, target, *client, invocation.context.stop,
                           [&bar](uint64_t bytes) { bar.show(bytes); }) == weights::DownloadEnd::done;
}

int get_weights(const WeightsVerbOptions& options, Invocation& invocation) {
  const auto catalogue = options.entries();
  for (const auto& name : options.names) weights::find_weights(catalogue, name);
  if (!options.from.empty() && options.names.size() != 1) user_error("--from FILE is the file of one name");
  for (const auto& name : options.names) {
    const auto& entry = weights::find_weights(catalogue, name);
    if (!is_there(name, entry)) {
      if (!options.from.empty()) {
        weights::store_copy(name, entry, options.from);
      } else if (!fetch_weights(name, entry, invocation)) {
        return stopped_exit(invocation.context.stop);
      }
    }
    fmt::print("{}\n", weights::stored_file(name, entry).string());
  }
  return exit_done;
}

Verb make_weights_list_verb() {
  return {.name = "list",
          .heading = "",
          .summary = "published weights that retort knows, and which of them are here",
          .examples = {{"weights list", "names, lengths, licences, what each is for"},
                       {"weights list --catalogue mirror.yaml", "those of another catalogue"}},
          .add_options = [](CLI::App& parser) -> Action {
            auto options = add_catalogue_option(parser);
            return [options](Invocation&) { return list_weights(*options); };
          },
          .verbs = {}};
}

Verb make_weights_get_verb() {
  return {.name = "get",
          .heading = "",
          .summary = "fetches published weights, verifies them, and goes on where an earlier try broke off",
          .examples = {{"weights get vgg16 lpips-vgg", "what `field eval --lpips vgg` needs (553 MB)"},
                       {"weights get vgg16 --from vgg16-397923af.pth",
                        "without network: a file that was loaded elsewhere"}},
          .add_options = [](CLI::App& parser) -> Action {
            auto options = add_catalogue_option(parser);
            parser.add_option("NAME", options->names, "as `retort weights list` has it")->required();
            parser.add_option("--from", options->from, "takes this file instead of fetching one")->type_name("FILE");
            return [options](Invocation& invocation) { return get_weights(*options, invocation); };
          },
          .verbs = {}};
}

Verb make_weights_path_verb() {
  return {.name = "path",
          .heading = "",
          .summary = "where fetched weights lie",
          .examples = {{"weights path vgg16", "its file; options take weights:vgg16 for it"},
                       {"weights path own --catalogue own.yaml", "the file of weights of one's own"}},
          .add_options = [](CLI::App& parser) -> Action {
            auto options = add_catalogue_option(parser);
            parser.add_option("NAME", options->names, "as `retort weights list` has it")->required()->expected(1);
            return [options](Invocation&) { return print_weights_path(*options); };
          },
          .verbs = {}};
}
}  // namespace

Verb make_weights_group() {
  return {.name = "weights",
          .heading = "Weights",
          .summary = "published weights: list, fetch and find them; nothing else here touches a network",
          .examples = {{"weights list", "what there is"}, {"weights get lpips-alex", "fetches and verifies one file"}},
          .add_options = nullptr,
          .verbs = {make_weights_list_verb(), make_weights_get_verb(), make_weights_path_verb()}};
}

}  // namespace retort::cli
