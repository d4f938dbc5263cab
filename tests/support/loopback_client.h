// A plain socket to a server under test, and that server in a thread. Time-outs only guard against hanging.
#pragma once

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>

#include "core/log.h"
#include "core/stop.h"
#include "serve/server.h"

namespace retort::tests {

class LoopbackClient {
 public:
  /// `receive_buffer` bytes of the system's, 0 for its own choice.
  explicit LoopbackClient(uint16_t port, int receive_buffer = 0) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    if (receive_buffer > 0) setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    const timeval guard{.tv_sec = 60, .tv_usec = 0};
    setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &guard, sizeof guard);
    setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &guard, sizeof guard);
    sockaddr_in place{};
    place.sin_family = AF_INET;
    place.sin_port = htons(port);
    place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(socket_, reinterpret_cast<const sockaddr*>(&place), sizeof place) != 0) {
      throw std::runtime_error("can't connect");
    }
  }
  ~LoopbackClient() { ::close(socket_); }
  LoopbackClient(const LoopbackClient&) = delete;
  LoopbackClient& operator=(const LoopbackClient&) = delete;

  /// False when the other side is gone.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<size_t>(sent));
    }
    return true;
  }
  void end_of_sending() { ::shutdown(socket_, SHUT_WR); }

  /// Exactly that many bytes, or fewer at the end.
  std::string receive(size_t bytes) {
    while (held_.size() < bytes && receive_some()) {
    }
    return take(bytes);
  }
  std::string receive_until(std::string_view mark) {
    size_t place = 0;
    while ((place = held_.find(mark)) == std::string::npos && receive_some()) {
    }
    return take(place == std::string::npos ? held_.size() : place + mark.size());
  }
  std::string receive_all() {
    while (receive_some()) {
    }
    return take(held_.size());
  }

  struct Answer {
    int status = 0;
    std::string head, body;
    /// The value of a field, or "".
    std::string field(const std::string& name) const {
      const size_t begin = head.find("\r\n" + name + ": ");
      if (begin == std::string::npos) return "";
      const size_t value = begin + name.size() + 4;
      return head.substr(value, head.find("\r\n", value) - value);
    }
  };
  /// One answer; `head_only` for HEAD.
  Answer answer(bool head_only = false) {
    Answer answer{.head = receive_until("\r\n\r\n")};
    if (answer.head.size() < 12) return answer;
    answer.status = std::atoi(answer.head.c_str() + 9);
    if (head_only || answer.status == 304 || answer.status == 101) return answer;
    if (const auto length = answer.field("Content-Length"); !length.empty()) {
      answer.body = receive(std::stoull(length));
    } else if (answer.field("Transfer-Encoding") == "chunked") {
      while (const size_t size = std::strtoull(receive_until("\r\n").c_str(), nullptr, 16)) {
        answer.body += receive(size);
        receive(2);
      }
      receive(2);
    } else {
      answer.body = receive_all();
    }
    return answer;
  }
  Answer get(const std::string& target, const std::string& fields = "") {
    send(fmt::format("GET {} HTTP/1.1\r\nHost: localhost\r\n{}\r\n", target, fields));
    return answer();
  }

  /// Asks for a WebSocket.
  Answer upgrade(const std::string& target, const std::string& fields = "") {
    send(
        fmt::format("GET {} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{}\r\n",
                    target, fields));
    return answer();
  }
  /// A frame of at most 125 bytes, masked with zeros. `opcode`: 1 text, 2 binary, 8 close, 9 ping.
  void send_frame(int opcode, std::string_view bytes) {
    std::string frame{static_cast<char>(0x80 | opcode), static_cast<char>(0x80 | bytes.size()), 0, 0, 0, 0};
    send(frame.append(bytes));
  }
  struct Frame {
    int opcode = -1;  ///< -1: the connection has ended
    bool packed = false;
    std::string bytes;
  };
  Frame receive_frame() {
    const std::string head = receive(2);
    if (head.size() < 2) return {};
    Frame frame{.opcode = head[0] & 15, .packed = (head[0] & 0x40) != 0, .bytes = ""};
    size_t size = head[1] & 127;
    if (size >= 126) {
      const std::string length = receive(size == 126 ? 2 : 8);
      size = 0;
      for (const unsigned char byte : length) size = size << 8 | byte;
    }
    frame.bytes = receive(size);
    return frame;
  }

 private:
  bool receive_some() {
    char bytes[1 << 14];
    const ssize_t got = ::recv(socket_, bytes, sizeof bytes, 0);
    if (got > 0) held_.append(bytes, static_cast<size_t>(got));
    return got > 0;
  }
  std::string take(size_t bytes) {
    std::string taken = held_.substr(0, bytes);
    held_.erase(0, taken.size());
    return taken;
  }

  int socket_;
  std::string held_;
};

/// A server on a free port that runs until this goes.
class RunningServer {
 public:
  RunningServer(serve::ServerOptions options, serve::Handlers handlers)
      : server_(with_free_port(std::move(options)), std::move(handlers), *log_),
        thread_([this] { server_.run(stop_); }) {}
  ~RunningServer() { stop(); }
  uint16_t port() const { return server_.port(); }
  void stop() {
    stop_.request(2);
    if (thread_.joinable()) thread_.join();
  }

 private:
  static serve::ServerOptions with_free_port(serve::ServerOptions options) {
    options.port = 0;
    return options;
  }
  std::shared_ptr<spdlog::logger> log_ = make_logger(LogLevel::quiet);
  StopFlag stop_;
  serve::Server server_;
  std::thread thread_;
};

}  // namespace retort::tests
