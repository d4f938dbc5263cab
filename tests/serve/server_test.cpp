#include "serve/server.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <random>

#include "io/gzip.h"
#include "support/loopback_client.h"
#include "support/temporary_folder.h"
#include "support/user_error.h"

namespace retort::serve {
namespace {

using tests::LoopbackClient;
using tests::RunningServer;

/// Answers with what was asked, so that a test sees what came through.
Response echo_server_answer(const Request& request) {
  if (request.path == std::vector<std::string>{"fault"}) throw std::runtime_error("broken\nframe #0: deep inside");
  if (request.path == std::vector<std::string>{"user"}) throw UserError("wrong");
  std::string text = request.method;
  for (const auto& part : request.path) text += "|" + part;
  for (const auto& [name, value] : request.query) text += "|" + name + "=" + value;
  Response response;
  response.content_type = "text/plain";
  response.content = text + "|" + request.body;
  return response;
}

const Handlers echo_server_handlers{
    .http = echo_server_answer, .websocket = [](const Request&, std::shared_ptr<Channel> channel) {
      return std::optional(Handlers::Listener{.heard =
                                                  [channel](std::string_view message, bool binary) {
                                                    if (binary) {
                                                      channel->send_binary(std::string(message));
                                                    } else {
                                                      channel->send_text(std::string(message));
                                                    }
                                                  },
                                              .closed = {}});
    }};

TEST(Server, KeepsAConnectionForSeveralRequests) {
  RunningServer server({}, echo_server_handlers);
  LoopbackClient client(server.port());
  EXPECT_EQ(client.get("/a%20b/c?d=%C3%A9").body, "GET|a b|c|d=\xC3\xA9|");
  client.send("POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\nhi");
  EXPECT_EQ(client.answer().body, "POST|x|hi");
  client.send("HEAD /x HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_EQ(client.answer(true).field("Content-Length"), "7");
  EXPECT_EQ(client.get("/user").status, 400);
  const auto fault = client.get("/fault");
  EXPECT_EQ(fault.status, 500);
  EXPECT_EQ(fault.body, "{\"error\":\"broken\"}") << "call stacks are not for clients";
  const auto last = client.get("/");
  EXPECT_EQ(last.status, 200);
  EXPECT_EQ(last.field("X-Content-Type-Options"), "nosniff");
  EXPECT_NE(last.field("Content-Security-Policy").find("frame-ancestors 'none'"), std::string::npos);
  EXPECT_EQ(last.field("Cross-Origin-Embedder-Policy"), "require-corp");
}

TEST(Server, LimitsWhatComesIn) {
  RunningServer server({.most_body_bytes = 100}, echo_server_handlers);
  const auto status_of = [&](const std::string& bytes) {
    LoopbackClient client(server.port());
    client.send(bytes);
    return client.answer().status;
  };
  EXPECT_EQ(status_of("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 101\r\n\r\n" + std::string(101, 'x')),
            413);
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: localhost\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n"), 431);
  EXPECT_EQ(status_of("GET /" + std::string(5'000, 'x') + " HTTP/1.1\r\nHost: localhost\r\n\r\n"), 414);
  EXPECT_EQ(status_of("PUT / HTTP/1.1\r\nHost: localhost\r\n\r\n"), 405);
  EXPECT_EQ(status_of("GET /%zz HTTP/1.1\r\nHost: localhost\r\n\r\n"), 400);
  EXPECT_EQ(status_of("GET /../x HTTP/1.1\r\nHost: localhost\r\n\r\n"), 400);
  EXPECT_EQ(status_of("nonsense\r\n\r\n"), 400);
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\n\r\n"), 400);
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n"), 403);
}

TEST(Server, DropsAClientThatNeverFinishesItsRequest) {
  RunningServer server({.request_time = std::chrono::milliseconds(50)}, echo_server_handlers);
  LoopbackClient client(server.port());
  client.send("GET / HT");
  EXPECT_EQ(client.receive_all(), "");
}

TEST(Server, TurnsAwayWhoIsTooMany) {
  RunningServer server({.most_clients = 1}, echo_server_handlers);
  LoopbackClient first(server.port());
  EXPECT_EQ(first.get("/").status, 200);
  LoopbackClient second(server.port());
  EXPECT_EQ(second.answer().status, 503);
}

TEST(Server, AsksForItsToken) {
  RunningServer server({.token = "secret"}, echo_server_handlers);
  LoopbackClient client(server.port());
  EXPECT_EQ(client.get("/x").status, 401);
  EXPECT_EQ(client.get("/x?token=secrem").status, 401);
  EXPECT_EQ(client.get("/x", "Authorization: Bearer secret\r\n").status, 200);
  EXPECT_EQ(client.get("/x", "Cookie: a=b; retort_token=secret\r\n").status, 200);
  const auto once = client.get("/x?token=secret&y=1");
  EXPECT_EQ(once.body, "GET|x|y=1|");
  EXPECT_EQ(once.field("Set-Cookie"), "retort_token=secret; HttpOnly; SameSite=Strict; Path=/");
  const auto page = client.get("//evil.example/?token=secret&y=1", "Accept: text/html\r\n");
  EXPECT_EQ(page.status, 303);
  EXPECT_EQ(page.field("Location"), "/evil.example?y=1");
  EXPECT_EQ(client.upgrade("/ws").status, 401);
}

TEST(Server, RefusesOtherSites) {
  RunningServer server({}, echo_server_handlers);
  LoopbackClient client(server.port());
  EXPECT_EQ(client.upgrade("/ws", "Origin: http://evil.example\r\n").status, 403);
  client.send("POST / HTTP/1.1\r\nHost: localhost\r\nOrigin: null\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(client.answer().status, 403);
  EXPECT_EQ(client.upgrade("/ws", "Origin: http://localhost\r\n").status, 101);
}

TEST(Server, IsRefusedWhereItCouldNotBeSafe) {
  const auto log = make_logger(LogLevel::quiet);
  const auto told = tests::user_error_of([&] { Server({.address = "0.0.0.0", .port = 0}, {}, *log); });
  EXPECT_NE(told.find("token"), std::string::npos) << told;
  EXPECT_NE(tests::user_error_of([&] { Server({.address = "nowhere"}, {}, *log); }).find("no address"),
            std::string::npos);
  for (const char* token : {"a b", "a;b", "a\r\nSet-Cookie: x=y", "\xC3\xA4"}) {
    EXPECT_NE(tests::user_error_of([&] { Server({.port = 0, .token = token}, {}, *log); }).find("a token is made of"),
              std::string::npos)
        << token;
  }
  const Server first({.port = 0}, {}, *log);
  const auto taken = tests::user_error_of([&] { Server({.port = first.port()}, {}, *log); });
  EXPECT_NE(taken.find("is taken"), std::string::npos) << taken;
}

TEST(Server, PacksAndStreamsOnlyAsFastAsTheClientTakes) {
  std::atomic<int> made = 0;
  RunningServer server({}, {.http =
                                [&](const Request& request) {
                                  Response response;
                                  response.content_type = "application/octet-stream";
                                  response.compressible = request.query.contains("pack");
                                  response.pieces = [&made, left = 100]() mutable -> std::optional<std::string> {
                                    if (left-- == 0) return std::nullopt;
                                    ++made;
                                    return std::string(1 << 20, 'x');
                                  };
                                  return response;
                                },
                            .websocket = {}});
  LoopbackClient slow(server.port(), 1 << 16);
  slow.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  slow.receive_until("\r\n\r\n");
  LoopbackClient quick(server.port());
  const auto packed = quick.get("/?pack=1", "Accept-Encoding: br, gzip;q=0.5\r\n");  // while the other doesn't read
  EXPECT_EQ(packed.field("Content-Encoding"), "gzip");
  const std::span bytes(reinterpret_cast<const uint8_t*>(packed.body.data()), packed.body.size());
  EXPECT_EQ(io::gunzip(bytes, "answer", 200 << 20).size(), size_t{100} << 20);
  EXPECT_LT(made, 100 + 30);  // sockets hold a few megabytes
  EXPECT_EQ(quick.get("/").body.size(), size_t{100} << 20);
}

TEST(Server, SendsFilesInRanges) {
  tests::TemporaryFolder folder;
  std::ofstream(folder / "a.ply") << "0123456789";
  RunningServer server({}, {.http =
                                [&](const Request&) {
                                  Response response;
                                  response.file = folder / "a.ply";
                                  response.content_type = "application/octet-stream";
                                  response.download_name = "../\"\xC3\xA4\".ply";
                                  response.inert = true;
                                  return response;
                                },
                            .websocket = {}});
  LoopbackClient client(server.port());
  const auto whole = client.get("/");
  EXPECT_EQ(whole.body, "0123456789");
  EXPECT_EQ(whole.field("Content-Disposition"), "attachment; filename=\"__.ply\"; filename*=UTF-8''%C3%A4.ply");
  EXPECT_EQ(client.get("/", "If-None-Match: " + whole.field("ETag") + "\r\n").status, 304);
  EXPECT_EQ(client.get("/", "Range: bytes=2-4\r\nIf-None-Match: " + whole.field("ETag") + "\r\n").status, 304);
  EXPECT_TRUE(whole.field("Content-Security-Policy").starts_with("sandbox allow-same-origin; default-src 'none';"));
  const auto part = client.get("/", "Range: bytes=2-4\r\n");
  EXPECT_EQ(part.status, 206);
  EXPECT_EQ(part.body, "234");
  EXPECT_EQ(part.field("Content-Range"), "bytes 2-4/10");
  EXPECT_EQ(client.get("/", "Range: bytes=-3\r\n").body, "789");
  EXPECT_EQ(client.get("/", "Range: bytes=10-\r\n").status, 416);
}

TEST(Server, EchoesWebSocketMessagesInOrder) {
  RunningServer server({}, echo_server_handlers);
  LoopbackClient client(server.port());
  const auto accepted = client.upgrade("/ws", "Sec-WebSocket-Extensions: permessage-deflate\r\n");
  EXPECT_EQ(accepted.status, 101);
  EXPECT_NE(accepted.field("Sec-WebSocket-Extensions").find("permessage-deflate"), std::string::npos);
  LoopbackClient plain(server.port());
  plain.upgrade("/ws");
  for (int i = 0; i < 100; ++i) plain.send_frame(1 + i % 2, std::to_string(i));
  for (int i = 0; i < 100; ++i) {
    const auto frame = plain.receive_frame();
    EXPECT_EQ(frame.bytes, std::to_string(i));
    EXPECT_EQ(frame.opcode, 1 + i % 2);
  }
  plain.send_frame(9, "there?");
  EXPECT_EQ(plain.receive_frame().opcode, 10);
  client.send_frame(1, "packed");
  EXPECT_TRUE(client.receive_frame().packed);
}

TEST(Server, DropsAWebSocketThatTakesNothing) {
  std::atomic<int> closed = 0;
  std::shared_ptr<Channel> kept;
  {
    RunningServer server(
        {.most_waiting_bytes = 8 << 20},
        {.http = echo_server_answer, .websocket = [&](const Request&, std::shared_ptr<Channel> channel) {
           kept = channel;
           return std::optional(Handlers::Listener{.heard = {}, .closed = [&] { ++closed; }});
         }});
    LoopbackClient client(server.port(), 1 << 16);
    EXPECT_EQ(client.upgrade("/ws").status, 101);
    for (int i = 0; i < 1000 && kept->open(); ++i) kept->send_binary(std::string(1 << 20, 'x'));
    EXPECT_FALSE(kept->open());
  }
  EXPECT_EQ(closed, 1);
  kept->send_text("after the server has gone");
  EXPECT_EQ(kept->waiting_bytes(), 0U);
}

TEST(Server, SaysGoodbyeWhenItStops) {
  RunningServer server({}, echo_server_handlers);
  LoopbackClient talking(server.port()), idle(server.port()), socket(server.port());
  EXPECT_EQ(talking.get("/").status, 200);
  EXPECT_EQ(socket.upgrade("/ws").status, 101);
  server.stop();
  const auto frame = socket.receive_frame();
  EXPECT_EQ(frame.opcode, 8);
  EXPECT_EQ(frame.bytes.substr(0, 2), "\x03\xe9");  // 1001
  EXPECT_EQ(idle.receive_all(), "");
}

TEST(Server, StandsTenThousandMalformedRequests) {
  RunningServer server({}, echo_server_handlers);
  std::mt19937 random(7);
  const std::string good = "POST /a%20b?c=d HTTP/1.1\r\nHost: localhost\r\nCookie: a=b\r\nContent-Length: 3\r\n\r\nabc";
  for (int i = 0; i < 10'000; ++i) {
    std::string bytes = good;
    for (unsigned changes = 1 + random() % 4; changes > 0; --changes) {
      const size_t place = random() % bytes.size();
      switch (random() % 4) {
        case 0:
          bytes[place] = static_cast<char>(random());
          break;
        case 1:
          bytes.erase(place, random() % 9);
          break;
        case 2:
          bytes.insert(place, random() % 9, static_cast<char>(random()));
          break;
        default:
          bytes.insert(place, bytes.substr(random() % bytes.size(), 30));
      }
    }
    LoopbackClient client(server.port());
    client.send(bytes);
    client.end_of_sending();
    if (i % 16 == 0) client.receive_all();
  }
  LoopbackClient client(server.port());
  auto answer = client.get("/alive");
  while (answer.status != 200)
    answer = LoopbackClient(server.port()).get("/alive");  // once the others are cleared away
  EXPECT_EQ(answer.body, "GET|alive|");
}

}  // namespace
}  // namespace retort::serve
