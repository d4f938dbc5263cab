#include "serve/server.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <thread>
#include <vector>

#include "core/errors.h"
#include "serve/connection.h"
#include "serve/request_text.h"

namespace retort::serve {

void ConnectionList::add(const std::shared_ptr<Connection>& connection) {
  const std::lock_guard lock(mutex_);
  connections_[connection.get()] = connection;
  if (stopping_) connection->cut();
}

void ConnectionList::remove(const Connection* connection) {
  const std::lock_guard lock(mutex_);
  connections_.erase(connection);
}

size_t ConnectionList::size() const {
  const std::lock_guard lock(mutex_);
  return connections_.size();
}

std::vector<std::shared_ptr<Connection>> ConnectionList::alive() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<Connection>> alive;
  for (const auto& [key, connection] : connections_) {
    if (auto held = connection.lock()) alive.push_back(std::move(held));
  }
  return alive;  // let go without the lock: the last holder removes itself
}

void ConnectionList::say_goodbye() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  for (const auto& connection : alive()) connection->say_goodbye();
}

void ConnectionList::cut() {
  for (const auto& connection : alive()) connection->cut();
}

namespace {

asio::ip::address address_of(const ServerOptions& options) {
  if (options.address == "localhost") return asio::ip::address_v4::loopback();
  error_code error;
  const auto address = asio::ip::make_address(options.address, error);
  if (error) user_error("serve: '{}' is no address: give numbers such as 127.0.0.1, 0.0.0.0 or ::1", options.address);
  if (!address.is_loopback() && options.token.empty()) {
    user_error("serve: {} can be reached from other machines, so a token is needed: give one with --token",
               options.address);
  }
  const auto plain = [](unsigned char c) {
    return std::isalnum(c) != 0 || std::string_view("-._~").find(static_cast<char>(c)) != std::string_view::npos;
  };
  if (!std::ranges::all_of(options.token, plain)) {
    // In a cookie or an address anything else would come back as another text, and nobody would be let in.
    user_error("serve: a token is made of letters, digits and - . _ ~ alone");
  }
  return address;
}

}  // namespace

struct Server::State {
  Services services;  // outlives the connections that `network` may still hold
  asio::io_context network;
  asio::ip::tcp::acceptor acceptor{asio::make_strand(network)};
  asio::steady_timer pause{acceptor.get_executor()};
  asio::ip::address address;
  bool ran = false;

  State(ServerOptions options, Handlers handlers, spdlog::logger& log)
      : services{.options = std::move(options),
                 .rules = {},
                 .handlers = std::move(handlers),
                 .log = log,
                 .handler_threads = asio::thread_pool(static_cast<size_t>(std::max(1, options.handler_threads)))} {
    address = address_of(services.options);
    services.rules = {address.to_string(), address.is_loopback(), services.options.token};
    const asio::ip::tcp::endpoint place(address, services.options.port);
    try {
      acceptor.open(place.protocol());
      acceptor.set_option(asio::socket_base::reuse_address(true));
      acceptor.bind(place);
      acceptor.listen();
    } catch (const boost::system::system_error& error) {
      if (error.code() == asio::error::address_in_use) {
        user_error("serve: port {} of {} is taken: name another with --port, or 0 for any that is free", place.port(),
                   services.options.address);
      }
      user_error("serve: can't listen on port {} of {}: {}", place.port(), services.options.address,
                 error.code().message());
    }
  }

  void accept() {
    acceptor.async_accept(asio::make_strand(network), [this](error_code error, asio::ip::tcp::socket socket) {
      if (!acceptor.is_open()) return;
      if (error) return accept_later();
      error_code ignored;
      socket.set_option(asio::ip::tcp::no_delay(true), ignored);
      if (services.connections.size() < static_cast<size_t>(services.options.most_clients)) {
        start_http_connection(std::move(socket), services);
      } else {
        turn_away(std::move(socket));
      }
      accept();
    });
  }

  /// Too many open files, for one: trying again at once would only burn time.
  void accept_later() {
    pause.expires_after(std::chrono::milliseconds(100));
    pause.async_wait([this](error_code error) {
      if (!error && acceptor.is_open()) accept();
    });
  }

  static void turn_away(asio::ip::tcp::socket socket) {
    static constexpr std::string_view answer =
        "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nContent-Length: 30\r\n"
        "Connection: close\r\n\r\n{\"error\": \"too many clients\"}\n";
    error_code ignored;
    socket.non_blocking(true, ignored);
    socket.write_some(asio::buffer(answer), ignored);
  }

  void work() {
    while (true) {
      try {
        network.run();
        return;
      } catch (const std::exception& error) {
        services.log.error("serve: {}", error.what());
      }
    }
  }

  void run(const StopFlag& stop) {
    using namespace std::chrono_literals;
    RT_CHECK(!ran, "a server runs once");
    ran = true;
    auto more_to_come = asio::make_work_guard(network);
    asio::post(acceptor.get_executor(), [this] { accept(); });
    std::vector<std::thread> threads;
    for (int i = 0; i < std::max(1, services.options.threads); ++i) threads.emplace_back([this] { work(); });
    while (!stop.requested()) std::this_thread::sleep_for(20ms);

    asio::post(acceptor.get_executor(), [this] {
      error_code ignored;
      acceptor.close(ignored);
      pause.cancel();
    });
    services.connections.say_goodbye();
    const auto all_gone_by = std::chrono::steady_clock::now() + 600ms;
    while (services.connections.size() > 0 && std::chrono::steady_clock::now() < all_gone_by) {
      std::this_thread::sleep_for(5ms);
    }
    services.connections.cut();
    // Those left have a handler at work, which nobody can interrupt.
    while (services.connections.size() > 0) std::this_thread::sleep_for(5ms);
    services.handler_threads.join();
    more_to_come.reset();
    for (auto& thread : threads) thread.join();
  }
};

Server::Server(ServerOptions options, Handlers handlers, spdlog::logger& log)
    : state_(std::make_unique<State>(std::move(options), std::move(handlers), log)) {}
Server::~Server() = default;

uint16_t Server::port() const { return state_->acceptor.local_endpoint().port(); }

std::string Server::address() const {
  const auto& options = state_->services.options;
  std::string host = options.address;
  error_code ignored;
  if (state_->address.is_unspecified()) host = asio::ip::host_name(ignored);
  if (host.find(':') != std::string::npos) host = "[" + host + "]";
  const std::string query = options.token.empty() ? "" : "?token=" + percent_encode(options.token);
  return fmt::format("http://{}:{}/{}", host, port(), query);
}

void Server::run(const StopFlag& stop) { state_->run(stop); }

}  // namespace retort::serve
