#include <deque>

#include "serve/connection.h"
#include "serve/send_queue.h"

namespace retort::serve {

namespace {

/// Reads messages into a short queue from which a handler thread takes one after the other, and sends what its
/// SendQueue holds. Reading goes on while a handler works, because pings and goodbyes are seen only by reading.
class WebSocketConnection final : public Connection, public std::enable_shared_from_this<WebSocketConnection> {
 public:
  WebSocketConnection(beast::tcp_stream stream, http::request<http::string_body> request, Services& services,
                      std::shared_ptr<SendQueue> queue, Handlers::Listener listener)
      : socket_(std::move(stream)),
        request_(std::move(request)),
        services_(services),
        queue_(std::move(queue)),
        listener_(std::move(listener)) {}
  ~WebSocketConnection() override {
    queue_->detach();
    services_.connections.remove(this);
  }

  /// On the socket's strand.
  void start() {
    beast::get_lowest_layer(socket_).expires_never();  // the WebSocket keeps its own time
    socket_.set_option(websocket::stream_base::timeout{.handshake_timeout = std::chrono::seconds(10),
                                                       .idle_timeout = services_.options.silence_time,
                                                       .keep_alive_pings = true});
    websocket::permessage_deflate deflate;
    deflate.server_enable = true;
    deflate.compLevel = 1;  // loopback is faster than any packing
    socket_.set_option(deflate);
    socket_.read_message_max(services_.options.most_message_bytes);
    socket_.write_buffer_bytes(64 << 10);
    socket_.async_accept(request_, [self = shared_from_this()](error_code error) {
      if (error || self->cut_) return self->finish();
      self->queue_->attach([weak = self->weak_from_this(), executor = self->socket_.get_executor()] {
        asio::post(executor, [weak] {
          if (const auto self = weak.lock()) self->write();
        });
      });
      self->accepted_ = true;
      self->read();
      self->write();
    });
  }

  void say_goodbye() override {
    asio::post(socket_.get_executor(), [self = shared_from_this()] {
      if (self->accepted_) {
        self->close(websocket::close_code::going_away);
      } else {
        self->close_socket();
      }
    });
  }
  void cut() override {
    asio::post(socket_.get_executor(), [self = shared_from_this()] { self->close_socket(); });
  }

 private:
  void close_socket() {
    cut_ = true;
    beast::get_lowest_layer(socket_).close();
  }

  void close(websocket::close_code code) {
    if (closing_ || finished_) return;
    closing_ = true;
    socket_.async_close(code, [self = shared_from_this()](error_code) { self->finish(); });
  }

  void read() {
    reading_ = true;
    socket_.async_read(buffer_, [self = shared_from_this()](error_code error, size_t) { self->on_read(error); });
  }

  void on_read(error_code error) {
    reading_ = false;
    if (error || finished_) return finish();
    inbox_bytes_ += buffer_.size();
    inbox_.push_back({beast::buffers_to_string(buffer_.data()), socket_.got_binary()});
    buffer_.clear();
    handle();
    read_if_room();
  }

  void read_if_room() {
    constexpr size_t most_messages = 16;
    if (reading_ || finished_ || closing_) return;
    if (inbox_.size() < most_messages && inbox_bytes_ <= services_.options.most_message_bytes) read();
  }

  /// Hands the next message to a handler thread, one at a time.
  void handle() {
    if (handling_ || inbox_.empty()) return;
    handling_ = true;
    auto message = std::move(inbox_.front());
    inbox_.pop_front();
    inbox_bytes_ -= message.bytes.size();
    asio::post(services_.handler_threads, [self = shared_from_this(), message = std::move(message)] {
      if (!self->cut_ && self->listener_.heard) {
        try {
          self->listener_.heard(message.bytes, message.binary);
        } catch (const std::exception& error) {
          self->services_.log.error("serve: a WebSocket's message: {}", error.what());
        }
      }
      asio::post(self->socket_.get_executor(), [self] {
        self->handling_ = false;
        if (self->finished_) return self->tell_closed();
        self->handle();
        self->read_if_room();
      });
    });
  }

  void write() {
    if (finished_) return;
    if (queue_->overflowed()) {
      services_.log.warn("serve: a client took too little of what it was sent, and is dropped");
      return close_socket();
    }
    if (writing_ || closing_) return;
    auto message = queue_->take();
    if (!message) {
      if (queue_->wants_close()) close(websocket::close_code::normal);
      return;
    }
    outbox_ = std::move(*message);
    writing_ = true;
    socket_.binary(outbox_.binary);
    socket_.async_write(asio::buffer(outbox_.bytes), [self = shared_from_this()](error_code error, size_t) {
      self->writing_ = false;
      self->queue_->sent(self->outbox_.bytes.size());
      if (error) return self->finish();
      self->write();
    });
  }

  void finish() {
    if (finished_) return;
    finished_ = true;
    cut_ = true;
    queue_->detach();
    inbox_.clear();
    beast::get_lowest_layer(socket_).close();
    if (!handling_) tell_closed();
  }

  void tell_closed() {
    if (!listener_.closed) return;
    asio::post(services_.handler_threads, [self = shared_from_this()] {
      try {
        self->listener_.closed();
      } catch (const std::exception& error) {
        self->services_.log.error("serve: a WebSocket's end: {}", error.what());
      }
      self->listener_ = {};
    });
  }

  websocket::stream<beast::tcp_stream> socket_;
  http::request<http::string_body> request_;
  Services& services_;
  std::shared_ptr<SendQueue> queue_;
  Handlers::Listener listener_;
  beast::flat_buffer buffer_;
  std::deque<SendQueue::Message> inbox_;
  size_t inbox_bytes_ = 0;
  SendQueue::Message outbox_;
  std::atomic<bool> cut_ = false;
  bool accepted_ = false, reading_ = false, handling_ = false, writing_ = false, closing_ = false, finished_ = false;
};

}  // namespace

void start_websocket_connection(beast::tcp_stream stream, http::request<http::string_body> request, Services& services,
                                std::shared_ptr<SendQueue> queue, Handlers::Listener listener) {
  auto connection = std::make_shared<WebSocketConnection>(std::move(stream), std::move(request), services,
                                                          std::move(queue), std::move(listener));
  services.connections.add(connection);
  connection->start();
}

}  // namespace retort::serve
