#include <fmt/core.h>
#include <spdlog/logger.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "cli/failures.h"
#include "cli/recipe_search.h"
#include "cli/served_fields.h"
#include "cli/verbs.h"
#include "core/errors.h"
#include "dashboard/dashboard.h"
#include "distil/field/session/field_service.h"
#include "run/run_folder.h"
#include "serve/access.h"
#include "serve/assets.h"
#include "serve/server.h"

namespace retort::cli {

namespace {
namespace fs = std::filesystem;

struct ServeVerbOptions {
  std::string place, token;
  ServedFieldOptions field;
  serve::ServerOptions server;
};

bool is_loopback(const std::string& address) {
  return address == "localhost" || address == "::1" || address.starts_with("127.");
}

// What is served: a folder of runs, a run, or a lone field.
struct ServedPlace {
  std::optional<dashboard::Dashboard> runs;
  fs::path file;     // of a lone field
  std::string name;  // that the lone field has in addresses
};

ServedPlace served_place(const std::string& place) {
  std::error_code error;
  const fs::path path = place;
  if (!fs::exists(path, error)) user_error("{}: is not there; name a run folder, a folder of runs, or a field", place);
  const bool is_run = run::is_run_folder(path);
  const bool is_field = !fs::is_directory(path, error) || fs::exists(path / "meta.json", error) ||
                        fs::exists(path / "field.safetensors", error);
  ServedPlace served;
  if (is_run || !is_field) {
    served.runs.emplace(fs::canonical(path));
    return served;
  }
  const auto file = fs::canonical(path);
  served.file = file;
  served.name = fs::is_directory(file, error) ? file.filename().string() : file.stem().string();
  return served;
}

serve::Response nothing_here(bool page) {
  return serve::error_response(404, page ? "there is nothing at this address"
                                         : "there is nothing at this address; the page itself was not built (its "
                                           "build needs node and npm), /api/runs answers");
}

std::optional<serve::Assets> open_page(spdlog::logger& log) {
  const auto folder = shipped_page_folder();
  std::error_code error;
  if (!folder.empty() && fs::is_regular_file(folder / "index.html", error)) return serve::Assets(folder);
  log.warn("the page was not built, for node and npm were missing then; only the API answers (docs/serving.md)");
  return std::nullopt;
}

// A lone field is listed as a run that has nothing but its field.
std::string lone_field_json(const std::string& name) {
  const nlohmann::ordered_json entry = {
      {"name", name}, {"family", "field"}, {"method", ""},       {"state", "file"}, {"started_at", ""},
      {"seconds", 0}, {"steps_done", 0},   {"steps_planned", 0}, {"field", true},   {"live", false}};
  return nlohmann::ordered_json::array({entry}).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

int serve_place(ServeVerbOptions options, Invocation& invocation) {
  auto& context = invocation.context;
  const auto served = served_place(options.place);
  if (!is_loopback(options.server.address) && options.token.empty()) options.token = serve::make_token();
  options.server.token = options.token;
  const auto page = open_page(context.log);

  field::FieldService fields(
      [&](const std::string& name) -> std::optional<field::OpenedField> {
        if (!served.runs) {
          if (name != served.name) return std::nullopt;
          return open_served_field(name, served.file, options.field, invocation);
        }
        const auto run = served.runs->find(name);
        if (!run) return std::nullopt;
        if (run::read_run_record(run->folder).description.family != "field") {
          user_error("{}: is no field's run", name);
        }
        return open_served_field(name, run->folder, options.field, invocation);
      },
      context.pool, context.log);
  if (!served.runs) {
    // Whatever is wrong with the file is said now, not to the first page.
    fields.http({.method = "GET", .path = {"api", "field", served.name}, .query = {}, .body = {}});
  }

  serve::Handlers handlers;
  handlers.http = [&](const serve::Request& request) -> serve::Response {
    if (request.method != "GET" && request.method != "HEAD") return serve::error_response(405, "only GET is answered");
    if (page) {
      if (auto asset = page->find(request)) return std::move(*asset);
    }
    if (auto response = fields.http(request)) return std::move(*response);
    if (served.runs) {
      if (auto response = served.runs->http(request)) return std::move(*response);
    } else if (request.path == std::vector<std::string>{"api", "runs"}) {
      return serve::json_response(lone_field_json(served.name));
    }
    return nothing_here(page.has_value());
  };
  handlers.websocket = [&](const serve::Request& request, std::shared_ptr<serve::Channel> channel) {
    return fields.websocket(request, std::move(channel));
  };

  serve::Server server(options.server, std::move(handlers), context.log);
  fmt::print("{}\n", server.address());
  std::fflush(stdout);  // whoever started us may wait for this line
  context.log.info("{}: open this address in a browser; Ctrl-C ends", options.place);
  server.run(context.stop);
  context.log.info("closed");
  return exit_done;
}
}  // namespace

Verb make_serve_verb() {
  return {
      .name = "serve",
      .heading = "Fields",
      .summary = "a page in the browser: ask, select and edit fields, follow trainings, compare runs",
      .examples = {{"serve runs/fox", "the field of a run, also while it trains"},
                   {"serve runs", "all runs: curves, pictures, products, and their fields"},
                   {"serve room.ply", "splats of any program"},
                   {"serve runs --address 0.0.0.0", "for other machines, who need the token that is printed"}},
      .add_options = [](CLI::App& parser) -> Action {
        auto options = std::make_shared<ServeVerbOptions>();
        parser.add_option("PLACE", options->place, "a run folder, a folder of runs, or a file of splats")->required();
        parser.add_option("--port", options->server.port, "port to listen on; 0: any that is free (default: 7373)");
        parser.add_option("--address", options->server.address,
                          "address to listen on (default: 127.0.0.1, which only this machine reaches)");
        parser.add_option("--token", options->token,
                          "ask everybody for this (default: none here, a new one where others can come in)");
        parser.add_option("--scene", options->field.scene, "scene with cameras and photos (default: the run's)");
        parser.add_option("--vocabulary", options->field.vocabulary, "folder of <name>.npy (default: the teacher's)");
        return [options](Invocation& invocation) { return serve_place(*options, invocation); };
      },
      .verbs = {}};
}

}  // namespace retort::cli
