// A page that keeps what the session sends to it.
#pragma once

#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "serve/server.h"

namespace retort::tests {

struct HeardPart {
  bool binary;
  std::string content;
};

class PageDouble : public serve::Channel {
 public:
  void send_text(std::string message) override { keep(false, std::move(message)); }
  void send_binary(std::string message) override { keep(true, std::move(message)); }
  size_t waiting_bytes() const override { return 0; }
  bool open() const override { return true; }
  void close() override {}

  std::vector<HeardPart> take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(parts_, {});
  }

 private:
  void keep(bool binary, std::string message) {
    const std::lock_guard lock(mutex_);
    parts_.push_back({binary, std::move(message)});
  }
  std::mutex mutex_;
  std::vector<HeardPart> parts_;
};

}  // namespace retort::tests
