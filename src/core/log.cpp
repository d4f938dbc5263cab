#include "core/log.h"

#include <spdlog/logger.h>
#include <spdlog/sinks/base_sink.h>
#include <unistd.h>

#include <cstdlib>
#include <mutex>
#include <string_view>

namespace retort {

namespace {
class StreamSink : public spdlog::sinks::base_sink<std::mutex> {
 public:
  StreamSink(std::FILE* stream, bool terminal) : stream_(stream), terminal_(terminal) {}

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    std::string line = terminal_ ? "\r\x1b[K" : "";
    if (message.level == spdlog::level::warn) line += "warning: ";
    if (message.level >= spdlog::level::err) line += "error: ";
    line.append(message.payload.data(), message.payload.size());
    line += '\n';
    std::fwrite(line.data(), 1, line.size(), stream_);
  }
  void flush_() override { std::fflush(stream_); }

 private:
  std::FILE* stream_;
  bool terminal_;
};
}  // namespace

std::shared_ptr<spdlog::logger> make_logger(LogLevel level, std::FILE* stream) {
  auto logger = std::make_shared<spdlog::logger>("retort", std::make_shared<StreamSink>(stream, is_terminal(stream)));
  constexpr spdlog::level::level_enum levels[] = {spdlog::level::warn, spdlog::level::info, spdlog::level::debug};
  logger->set_level(levels[static_cast<int>(level)]);
  logger->flush_on(spdlog::level::trace);
  return logger;
}

bool is_terminal(std::FILE* stream) {
  const char* terminal = std::getenv("TERM");
  return isatty(fileno(stream)) != 0 && terminal != nullptr && std::string_view(terminal) != "dumb";
}

}  // namespace retort
