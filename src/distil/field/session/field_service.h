// All open fields of a server: /api/field/... and /ws/field/... of docs/design/page_protocol.md.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "core/thread_pool.h"
#include "distil/field/session/opened_field.h"
#include "serve/server.h"

namespace spdlog {
class logger;
}

namespace retort::field {

class FieldService {
 public:
  /// A field by its name in addresses; nothing when there is no such field, UserError when it can't be opened (yet).
  /// Called from any thread, for one name at a time.
  using Opener = std::function<std::optional<OpenedField>(const std::string& name)>;

  /// Pool and log must outlive it.
  FieldService(Opener opener, ThreadPool& pool, spdlog::logger& log);
  /// Every page must have gone: the server is closed first.
  ~FieldService();

  /// Nothing when the address is none of a field. Fields stay open between requests; at most four without a page and
  /// without edits.
  std::optional<serve::Response> http(const serve::Request& request);
  std::optional<serve::Handlers::Listener> websocket(const serve::Request& request,
                                                     std::shared_ptr<serve::Channel> channel);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace retort::field
