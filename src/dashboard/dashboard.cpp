#include "dashboard/dashboard.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <string_view>

#include "core/errors.h"
#include "core/text.h"
#include "serve/content_type.h"
#include "serve/inside.h"

namespace retort::dashboard {

namespace {
// Files that a page has no business with: the lock, and what is half-written.
bool is_hidden(const std::filesystem::path& relative) {
  return std::any_of(relative.begin(), relative.end(), [](const std::filesystem::path& part) {
    return part.string().starts_with('.') || part.extension() == ".partial";
  });
}

serve::Response file_response(const NamedRun& run, std::span<const std::string> parts) {
  const auto file = serve::file_inside(run.folder, parts);
  // Of the file itself, whatever way the address took to it.
  if (!file || is_hidden(file->lexically_relative(std::filesystem::canonical(run.folder)))) {
    return serve::error_response(404, "the run has no such file");
  }
  serve::Response response;
  response.content_type = serve::content_type_of(file->filename().string());
  response.file = *file;
  response.inert = true;
  return response;
}

uint64_t after_of(const serve::Request& request) {
  const auto found = request.query.find("after");
  int64_t after = 0;
  if (found != request.query.end() && (!parse_integer(found->second, after) || after < 0)) {
    user_error("after={}: should be a whole number from 0", found->second);
  }
  return static_cast<uint64_t>(after);
}
}  // namespace

std::optional<NamedRun> Dashboard::find(const std::string& name) const {
  for (auto& run : find_runs(place_)) {
    if (run.name == name) return run;
  }
  return std::nullopt;
}

std::optional<serve::Response> Dashboard::http(const serve::Request& request) const {
  const auto& path = request.path;
  if (path.size() < 2 || path[0] != "api" || path[1] != "runs") return std::nullopt;
  if (path.size() == 2) return serve::json_response(runs_json(find_runs(place_)));
  const auto run = find(path[2]);
  if (!run) return serve::error_response(404, fmt::format("there is no run '{}'", path[2]));
  if (path.size() == 3) return serve::json_response(run_json(*run));
  if (path.size() == 4 && path[3] == "curves") return serve::json_response(curves_json(*run, after_of(request)));
  if (path.size() > 4 && path[3] == "file") return file_response(*run, std::span(path).subspan(4));
  return std::nullopt;
}

}  // namespace retort::dashboard
