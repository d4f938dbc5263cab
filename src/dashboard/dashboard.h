// Run folders for a page: /api/runs/... of docs/design/page_protocol.md.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "dashboard/run_pages.h"
#include "serve/http_message.h"

namespace retort::dashboard {

class Dashboard {
 public:
  /// `place`: a run folder, or a folder of them; looked into at each request, as runs come and go.
  explicit Dashboard(std::filesystem::path place) : place_(std::move(place)) {}

  /// Nothing when the address is none of these, 404 for runs and files that are not there. Thread-safe.
  std::optional<serve::Response> http(const serve::Request& request) const;

  /// The run of that name.
  std::optional<NamedRun> find(const std::string& name) const;

 private:
  std::filesystem::path place_;
};

}  // namespace retort::dashboard
