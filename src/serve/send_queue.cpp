#include "serve/send_queue.h"

namespace retort::serve {

size_t SendQueue::waiting_bytes() const {
  const std::lock_guard lock(mutex_);
  return waiting_bytes_;
}

bool SendQueue::open() const {
  const std::lock_guard lock(mutex_);
  return open_;
}

void SendQueue::push(Message message) {
  const std::lock_guard lock(mutex_);
  if (!open_) return;
  if (message.bytes.size() > most_waiting_bytes_ - waiting_bytes_) {
    overflowed_ = true;
    open_ = false;
    messages_.clear();
  } else {
    waiting_bytes_ += message.bytes.size();
    messages_.push_back(std::move(message));
  }
  if (wake_) wake_();
}

void SendQueue::close() {
  const std::lock_guard lock(mutex_);
  if (!open_) return;
  open_ = false;
  if (wake_) wake_();
}

void SendQueue::attach(std::function<void()> wake) {
  const std::lock_guard lock(mutex_);
  if (!detached_) wake_ = std::move(wake);
}

void SendQueue::detach() {
  const std::lock_guard lock(mutex_);
  detached_ = true;
  open_ = false;
  wake_ = nullptr;
  messages_.clear();
  waiting_bytes_ = 0;
}

std::optional<SendQueue::Message> SendQueue::take() {
  const std::lock_guard lock(mutex_);
  if (messages_.empty()) return std::nullopt;
  auto message = std::move(messages_.front());
  messages_.pop_front();
  return message;
}

void SendQueue::sent(size_t bytes) {
  const std::lock_guard lock(mutex_);
  if (!detached_) waiting_bytes_ -= bytes;
}

bool SendQueue::overflowed() const {
  const std::lock_guard lock(mutex_);
  return overflowed_;
}

bool SendQueue::wants_close() const {
  const std::lock_guard lock(mutex_);
  return !open_ && !overflowed_ && messages_.empty();
}

}  // namespace retort::serve
