// An HTTP and WebSocket server for one person's machine: loopback unless told otherwise, and then only with a token.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/stop.h"
#include "serve/http_message.h"

namespace spdlog {
class logger;
}

namespace retort::serve {

struct ServerOptions {
  std::string address = "127.0.0.1";  ///< numeric, or "localhost"
  uint16_t port = 7373;               ///< 0: any that is free
  /// Letters, digits and -._~; empty: none is asked for, which is refused for addresses other than loopback.
  std::string token = {};
  size_t most_header_bytes = 16 << 10;  ///< of a request's line and fields
  size_t most_body_bytes = 1 << 20;
  size_t most_message_bytes = 1 << 20;   ///< of a WebSocket message from a client
  size_t most_waiting_bytes = 64 << 20;  ///< to one slow client; past it the client is dropped
  int most_clients = 64;
  int threads = 2;          ///< that wait for the network
  int handler_threads = 4;  ///< that handlers run on, so that a long one doesn't keep the network waiting
  /// For a whole request to come in, and for a connection to stay open without one.
  std::chrono::milliseconds request_time{30'000};
  /// For a client to take a piece of at most 256 KB (or one of Response::pieces).
  std::chrono::milliseconds piece_time{60'000};
  /// A WebSocket that says nothing is asked for a sign of life at half this time, and dropped at all of it.
  std::chrono::milliseconds silence_time{60'000};
};

/// One open WebSocket. Threads may send at any time; messages keep their order.
class Channel {
 public:
  virtual ~Channel() = default;
  virtual void send_text(std::string message) = 0;
  virtual void send_binary(std::string message) = 0;
  /// Bytes not yet taken by the client: who streams waits while it is high.
  virtual size_t waiting_bytes() const = 0;
  virtual bool open() const = 0;
  virtual void close() = 0;
};

/// What the server does with what comes in. Called from several threads at once (ServerOptions::handler_threads), and
/// may take long. Exceptions: UserError becomes 400 with its message, others 500 (and are logged).
struct Handlers {
  std::function<Response(const Request&)> http = {};
  /// Called when a client asks for a WebSocket at request.path; returns what hears its messages, or nothing to refuse
  /// (404). The callback is called for one message of a client at a time.
  struct Listener {
    std::function<void(std::string_view message, bool binary)> heard = {};
    std::function<void()> closed = {};  ///< once, after the last call of heard
  };
  std::function<std::optional<Listener>(const Request&, std::shared_ptr<Channel>)> websocket = {};
};

class Server {
 public:
  /// Binds and listens. UserError when the address is taken, unknown, or open to others without a token, and for tokens
  /// of other characters.
  Server(ServerOptions options, Handlers handlers, spdlog::logger& log);
  ~Server();

  uint16_t port() const;
  /// "http://127.0.0.1:7373/?token=..." as a person would open it.
  std::string address() const;
  /// Serves until a stop is requested; then closes every connection (WebSockets are told: 1001) and returns within a
  /// second, or when the last handler at work returns. Once.
  void run(const StopFlag& stop);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace retort::serve
