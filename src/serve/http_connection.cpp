#include <fmt/format.h>

#include "core/errors.h"
#include "serve/beast_request.h"
#include "serve/connection.h"
#include "serve/outgoing.h"
#include "serve/send_queue.h"

namespace retort::serve {

namespace {

/// Reads a request, has it answered on a handler thread, sends the answer; again, until one side has enough. Everything
/// but the handlers runs on the socket's strand.
class HttpConnection final : public Connection, public std::enable_shared_from_this<HttpConnection> {
 public:
  HttpConnection(asio::ip::tcp::socket socket, Services& services) : stream_(std::move(socket)), services_(services) {}
  ~HttpConnection() override { services_.connections.remove(this); }

  void start() {
    asio::dispatch(stream_.get_executor(), [self = shared_from_this()] { self->read(); });
  }

  void say_goodbye() override { cut(); }
  void cut() override {
    asio::post(stream_.get_executor(), [self = shared_from_this()] {
      self->cut_ = true;
      if (!self->handed_over_) self->stream_.close();
    });
  }

 private:
  void read() {
    if (cut_) return;
    parser_.emplace();
    set_limits(*parser_, {services_.options.most_header_bytes, services_.options.most_body_bytes});
    stream_.expires_after(services_.options.request_time);
    http::async_read(stream_, buffer_, *parser_,
                     [self = shared_from_this()](error_code error, size_t) { self->on_read(error); });
  }

  void on_read(error_code error) {
    if (error) {
      head_ = {.method = "", .target = "", .keep_alive = false};
      if (const auto refusal = refusal_of(error); refusal && !cut_) {
        send(make_outgoing(error_response(refusal->status, refusal->message), head_));
      }
      return;
    }
    head_ = head_of(parser_->get());
    Request request;
    Pass pass;
    auto refusal = decode_request(head_, request);
    if (!refusal) refusal = check_access(services_.rules, head_, request, pass);
    if (refusal) return refuse(*refusal);
    if (head_.upgrade) return ask_for_websocket(std::move(request));
    request.body = std::move(parser_->get().body());
    asio::post(services_.handler_threads,
               [self = shared_from_this(), request = std::move(request), pass] { self->answer(request, pass); });
  }

  void refuse(const Refusal& refusal) {
    ExtraFields fields;
    if (refusal.status == 405) fields.emplace_back("Allow", "GET, HEAD, POST");
    if (refusal.status == 401) fields.emplace_back("WWW-Authenticate", "Bearer");
    send(make_outgoing(error_response(refusal.status, refusal.message), head_, fields));
  }

  /// On a handler thread.
  void answer(const Request& request, const Pass& pass) {
    if (cut_) return;
    ExtraFields fields;
    if (!pass.cookie.empty()) {
      fields.emplace_back("Set-Cookie",
                          fmt::format("{}={}; HttpOnly; SameSite=Strict; Path=/", pass.cookie, services_.rules.token));
    }
    Outgoing outgoing;
    if (!pass.redirect.empty()) {
      fields.emplace_back("Location", pass.redirect);
      outgoing = make_outgoing(error_response(303, "this way"), head_, fields);
    } else {
      Response response;
      try {
        response = services_.handlers.http ? services_.handlers.http(request) : error_response(404, "nothing is here");
      } catch (const UserError& error) {
        response = error_response(400, error.what());
      } catch (const std::exception& error) {
        response = error_response(500, failure(error));
      }
      try {
        outgoing = make_outgoing(std::move(response), head_, fields);
      } catch (const std::exception& error) {
        outgoing = make_outgoing(error_response(500, failure(error)), head_, fields);
      }
    }
    asio::post(stream_.get_executor(), [self = shared_from_this(), outgoing = std::move(outgoing)]() mutable {
      self->send(std::move(outgoing));
    });
  }

  /// Logs it; what the client is told.
  std::string failure(const std::exception& error) const {
    // Libraries append call stacks; the first line says what happened. What stands behind "?" may be a token.
    const std::string text = error.what(), line = text.substr(0, text.find('\n'));
    services_.log.error("serve: {} {}: {}", head_.method, head_.target.substr(0, head_.target.find('?')), line);
    return line;
  }

  void send(Outgoing outgoing) {
    if (cut_) return;
    outgoing_ = std::move(outgoing);
    send_piece(std::move(outgoing_.first));
  }

  void send_piece(std::string piece) {
    piece_ = std::move(piece);
    stream_.expires_after(services_.options.piece_time);
    asio::async_write(stream_, asio::buffer(piece_), [self = shared_from_this()](error_code error, size_t) {
      if (error || self->cut_) return self->leave();
      if (!self->outgoing_.rest) return self->sent();
      asio::post(self->services_.handler_threads, [self] { self->make_piece(); });
    });
  }

  /// On a handler thread: the next piece, now that the client has taken the last.
  void make_piece() {
    std::optional<std::string> piece;
    bool failed = cut_;
    try {
      if (!failed) piece = outgoing_.rest();
    } catch (const std::exception& error) {
      failed = true;
      services_.log.error("serve: {}: broken off: {}", head_.target.substr(0, head_.target.find('?')), error.what());
    }
    asio::post(stream_.get_executor(), [self = shared_from_this(), piece = std::move(piece), failed]() mutable {
      if (failed || self->cut_) return self->leave();
      if (piece) return self->send_piece(std::move(*piece));
      self->sent();
    });
  }

  void sent() {
    outgoing_.rest = nullptr;
    if (outgoing_.keep_alive) return read();
    // Closing with bytes unread would make the system throw away what the client hasn't read yet.
    error_code ignored;
    stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
    stream_.expires_after(std::chrono::seconds(2));
    drain();
  }

  void drain() {
    buffer_.clear();
    stream_.async_read_some(buffer_.prepare(1 << 16), [self = shared_from_this()](error_code error, size_t) {
      if (!error && !self->cut_) self->drain();
    });
  }

  void leave() {
    outgoing_.rest = nullptr;
    stream_.close();
  }

  void ask_for_websocket(Request request) {
    if (!services_.handlers.websocket) return refuse({404, "no WebSocket is here"});
    asio::post(services_.handler_threads, [self = shared_from_this(), request = std::move(request)] {
      if (self->cut_) return;
      auto queue = std::make_shared<SendQueue>(self->services_.options.most_waiting_bytes);
      std::optional<Handlers::Listener> listener;
      Refusal refusal{404, "no WebSocket is here"};
      try {
        listener = self->services_.handlers.websocket(request, queue);
      } catch (const UserError& error) {
        refusal = {400, error.what()};
      } catch (const std::exception& error) {
        refusal = {500, self->failure(error)};
      }
      asio::post(self->stream_.get_executor(), [self, queue, listener = std::move(listener), refusal]() mutable {
        if (!listener) {
          queue->detach();
          return self->refuse(refusal);
        }
        self->handed_over_ = true;
        start_websocket_connection(std::move(self->stream_), self->parser_->release(), self->services_, queue,
                                   std::move(*listener));
      });
    });
  }

  beast::tcp_stream stream_;
  Services& services_;
  beast::flat_buffer buffer_;
  std::optional<RequestParser> parser_;
  RequestHead head_;
  Outgoing outgoing_;
  std::string piece_;
  std::atomic<bool> cut_ = false;
  bool handed_over_ = false;
};

}  // namespace

void start_http_connection(asio::ip::tcp::socket socket, Services& services) {
  auto connection = std::make_shared<HttpConnection>(std::move(socket), services);
  services.connections.add(connection);
  connection->start();
}

}  // namespace retort::serve
