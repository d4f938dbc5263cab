// What connections share, and the list of those that are open.
#pragma once

#include <spdlog/logger.h>

#include <map>
#include <memory>
#include <mutex>

#include "serve/access.h"
#include "serve/beast_headers.h"
#include "serve/server.h"

namespace retort::serve {

/// One client. Lives as long as something of it is under way; both functions may be called from any thread.
class Connection {
 public:
  virtual ~Connection() = default;
  virtual void say_goodbye() = 0;
  /// Closes the socket; what is under way ends with an error.
  virtual void cut() = 0;
};

class ConnectionList {
 public:
  /// From say_goodbye() on, what is added is cut at once.
  void add(const std::shared_ptr<Connection>& connection);
  void remove(const Connection* connection);
  size_t size() const;
  void say_goodbye();
  void cut();

 private:
  std::vector<std::shared_ptr<Connection>> alive() const;

  mutable std::mutex mutex_;
  std::map<const Connection*, std::weak_ptr<Connection>> connections_;
  bool stopping_ = false;
};

/// Outlives every connection.
struct Services {
  ServerOptions options;
  AccessRules rules;
  Handlers handlers;
  spdlog::logger& log;
  ConnectionList connections = {};
  asio::thread_pool handler_threads;
};

void start_http_connection(asio::ip::tcp::socket socket, Services& services);

/// Takes over a connection whose request asked for a WebSocket and was let through.
void start_websocket_connection(beast::tcp_stream stream, http::request<http::string_body> request, Services& services,
                                std::shared_ptr<class SendQueue> queue, Handlers::Listener listener);

}  // namespace retort::serve
