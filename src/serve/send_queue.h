// What waits to be sent to one WebSocket client.
#pragma once

#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>

#include "serve/server.h"

namespace retort::serve {

/// The Channel that handlers hold. It may outlive its connection and the server: then it is closed, and sending does
/// nothing. Bounded: past `most_waiting_bytes` everything is dropped and the client with it.
class SendQueue final : public Channel {
 public:
  struct Message {
    std::string bytes;
    bool binary = false;
  };

  explicit SendQueue(size_t most_waiting_bytes) : most_waiting_bytes_(most_waiting_bytes) {}

  void send_text(std::string message) override { push({std::move(message), false}); }
  void send_binary(std::string message) override { push({std::move(message), true}); }
  size_t waiting_bytes() const override;
  bool open() const override;
  void close() override;

  /// The connection's end. `wake` is called (under the lock: it may only post) whenever there is something to do.
  void attach(std::function<void()> wake);
  /// Nothing is taken any more.
  void detach();
  /// The next message; its bytes count as waiting until sent() is called.
  std::optional<Message> take();
  void sent(size_t bytes);
  bool overflowed() const;
  /// Whether close() was called and everything is taken.
  bool wants_close() const;

 private:
  void push(Message message);

  mutable std::mutex mutex_;
  std::deque<Message> messages_;
  std::function<void()> wake_;
  size_t most_waiting_bytes_, waiting_bytes_ = 0;
  bool open_ = true, overflowed_ = false, detached_ = false;
};

}  // namespace retort::serve
