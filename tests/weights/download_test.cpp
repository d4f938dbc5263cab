#include "weights/download.h"

#include <gtest/gtest.h>

#include <csignal>
#include <deque>

#include "core/errors.h"
#include "io/atomic_file.h"
#include "io/sha256.h"
#include "support/temporary_folder.h"
#include "weights/part_origin.h"

namespace retort::weights {
namespace {

/// One answer of a server that is only played.
struct Answer {
  std::vector<std::string> head;
  std::string body = {};
  std::string error = {};  ///< what the connection ends with
};

class PlayedClient : public HttpClient {
 public:
  explicit PlayedClient(std::deque<Answer> answers) : answers_(std::move(answers)) {}

  std::string get(const HttpRequest& request, const HttpListener& listener) override {
    requests.push_back(request);
    if (answers_.empty()) throw Fault("one question too many");
    const auto answer = answers_.front();
    answers_.pop_front();
    HttpHead head;
    for (const auto& line : answer.head) head.add_line(line);
    if (!answer.head.empty() && !listener.head(head)) return "";
    for (const char byte : answer.body) {
      if (!listener.go_on() || !listener.body({&byte, 1})) return "";
    }
    return answer.error;
  }

  std::vector<HttpRequest> requests;

 private:
  std::deque<Answer> answers_;
};

const std::string content = "0123456789abcdef";

struct Stage {
  tests::TemporaryFolder folder;
  std::filesystem::path target = folder / "own.pth";
  StopFlag stop;
  CatalogueEntry entry{.address = "https://h/own.pth",
                       .bytes = int64_t(content.size()),
                       .sha256 = io::sha256_hex(content),
                       .licence = {},
                       .purpose = {}};

  DownloadEnd fetch(
      PlayedClient& client, const DownloadProgress& progress = [](uint64_t) {}) {
    return download(entry, target, client, stop, progress);
  }
  /// The message of the Fault that it must end with.
  std::string failure(std::deque<Answer> answers) {
    PlayedClient client(std::move(answers));
    try {
      fetch(client);
    } catch (const Fault& fault) {
      return fault.what();
    }
    ADD_FAILURE() << "no Fault";
    return "";
  }
  std::string partial() const {
    return std::filesystem::exists(folder / "own.pth.partial") ? io::read_whole_file(folder / "own.pth.partial", 100)
                                                               : "none";
  }
  void expect_whole() const {
    EXPECT_EQ(io::read_whole_file(target, 100), content);
    EXPECT_EQ(partial(), "none");
    EXPECT_FALSE(std::filesystem::exists(part_origin_file(target)));
  }
  void leave_part(const std::string& etag) {
    PlayedClient client({{{"HTTP/1.1 200 OK", "ETag: " + etag}, content.substr(0, 6), "cut"}});
    EXPECT_THROW(fetch(client), Fault);
    EXPECT_EQ(partial(), content.substr(0, 6));
  }
};

TEST(Download, IsWholeAndTellsHowFarItIs) {
  Stage stage;
  PlayedClient client({{{"HTTP/1.1 200 OK", "Content-Length: 16"}, content}});
  uint64_t last = 99;
  EXPECT_EQ(stage.fetch(client, [&last](uint64_t bytes) { last = bytes; }), DownloadEnd::done);
  EXPECT_EQ(last, 16u);
  EXPECT_TRUE(client.requests[0].headers.empty());
  stage.expect_whole();
}

TEST(Download, GoesOnWhereItBrokeOff) {
  Stage stage;
  stage.leave_part("\"one\"");
  PlayedClient client({{{"HTTP/1.1 206 Partial", "Content-Range: bytes 6-15/16", "ETag: \"one\""}, content.substr(6)}});
  EXPECT_EQ(stage.fetch(client), DownloadEnd::done);
  EXPECT_EQ(client.requests[0].headers, (std::vector<std::string>{"Range: bytes=6-", "If-Range: \"one\""}));
  stage.expect_whole();
}

TEST(Download, BeginsAgainWhenTheServerHasAnotherFile) {
  Stage stage;
  stage.leave_part("\"one\"");
  PlayedClient client({{{"HTTP/1.1 200 OK", "ETag: \"two\""}, content}});
  EXPECT_EQ(stage.fetch(client), DownloadEnd::done);
  stage.expect_whole();
}

TEST(Download, BeginsAgainOnceAfterAUselessPart) {
  const std::vector<std::vector<std::string>> useless = {
      {"HTTP/1.1 416 No"},
      {"HTTP/1.1 206 P"},
      {"HTTP/1.1 206 P", "Content-Range: bytes 5-15/16"},
      {"HTTP/1.1 206 P", "Content-Range: bytes 6-15/17"},
      {"HTTP/1.1 206 P", "Content-Range: bytes 6-16/*"},
      {"HTTP/1.1 206 P", "Content-Range: bytes 6-15/16", "ETag: \"two\""}};
  for (const auto& head : useless) {
    Stage stage;
    stage.leave_part("\"one\"");
    PlayedClient client({{head, content.substr(6)}, {{"HTTP/1.1 200 OK"}, content}});
    EXPECT_EQ(stage.fetch(client), DownloadEnd::done) << head.back();
    EXPECT_TRUE(client.requests.at(1).headers.empty());
    stage.expect_whole();
  }
  Stage stage;
  const std::vector<std::string> part = {"HTTP/1.1 206 P", "Content-Range: bytes 3-15/16"};
  EXPECT_NE(stage.failure({{part, "x"}, {part, "x"}}).find("twice"), std::string::npos);
  EXPECT_NE(stage.failure({{{"HTTP/1.1 416 No"}}}).find("status 416"), std::string::npos);
}

TEST(Download, APartOfAnotherAddressIsOfNoUse) {
  Stage stage;
  stage.leave_part("\"one\"");
  stage.entry.address = "https://mirror/own.pth";
  PlayedClient client({{{"HTTP/1.1 200 OK"}, content}});
  EXPECT_EQ(stage.fetch(client), DownloadEnd::done);
  EXPECT_TRUE(client.requests[0].headers.empty());
  stage.expect_whole();
}

TEST(Download, APartThatIsAllThereNeedsNoQuestion) {
  Stage stage;
  io::write_whole_file(stage.folder / "own.pth.partial", content);
  write_part_origin(stage.target, {stage.entry.address, ""});
  PlayedClient client({});
  EXPECT_EQ(stage.fetch(client), DownloadEnd::done);
  stage.expect_whole();
}

TEST(Download, WrongContentLeavesNothing) {
  Stage stage;
  EXPECT_NE(stage.failure({{{"HTTP/1.1 200 OK"}, "0123456789abcdeX"}}).find("SHA-256"), std::string::npos);
  EXPECT_EQ(stage.partial(), "none");
  EXPECT_NE(stage.failure({{{"HTTP/1.1 200 OK"}, content + "g"}}).find("sends more"), std::string::npos);
  EXPECT_EQ(stage.partial(), "none");
  EXPECT_NE(stage.failure({{{"HTTP/1.1 200 OK", "Content-Length: 17"}}}).find("17 bytes on the server"),
            std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(stage.target));
  EXPECT_TRUE(std::filesystem::is_empty(stage.folder.path()));
}

TEST(Download, AnAnswerThatEndsEarlyIsKept) {
  Stage stage;
  EXPECT_NE(stage.failure({{{"HTTP/1.1 200 OK"}, "0123"}}).find("ended early"), std::string::npos);
  EXPECT_EQ(stage.partial(), "0123");
}

TEST(Download, RedirectionsEndSomewhere) {
  Stage stage;
  const Answer on{{"HTTP/1.1 302 Found", "Location: /on"}};
  PlayedClient client({on, on, on, on, on, {{"HTTP/1.1 200 OK"}, content}});
  EXPECT_EQ(stage.fetch(client), DownloadEnd::done);
  EXPECT_EQ(client.requests.back().address, "https://h/on");
  std::filesystem::remove(stage.target);
  EXPECT_NE(stage.failure({on, on, on, on, on, on}).find("more than 5 redirections"), std::string::npos);
}

TEST(Download, NeverLeavesEncryption) {
  Stage stage;
  EXPECT_NE(stage.failure({{{"HTTP/1.1 302 Found", "Location: http://h/own.pth"}}}).find("not encrypted"),
            std::string::npos);
}

TEST(Download, OtherAnswersAreFaults) {
  Stage stage;
  EXPECT_NE(stage.failure({{{"HTTP/1.1 404 Not Found"}, "page"}}).find("status 404 (no such file)"), std::string::npos);
  EXPECT_NE(stage.failure({{{"HTTP/1.1 500 Oh"}}}).find("status 500"), std::string::npos);
  EXPECT_NE(stage.failure({{{}, "", "no route"}}).find("no route; where there is no network"), std::string::npos);
  EXPECT_TRUE(std::filesystem::is_empty(stage.folder.path()));
}

TEST(Download, ASignalLeavesThePart) {
  Stage stage;
  PlayedClient client({{{"HTTP/1.1 200 OK"}, content}});
  EXPECT_EQ(stage.fetch(client,
                        [&stage](uint64_t bytes) {
                          if (bytes == 5) stage.stop.request(SIGINT);
                        }),
            DownloadEnd::stopped);
  EXPECT_EQ(stage.partial(), "01234");
}

TEST(Download, TwoAtOnceAreKeptApart) {
  Stage stage;
  const io::AtomicFile other(stage.target, io::Uncommitted::kept);
  PlayedClient client({});
  EXPECT_THROW(stage.fetch(client), UserError);
}

}  // namespace
}  // namespace retort::weights
