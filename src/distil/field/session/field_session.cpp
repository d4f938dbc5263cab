#include "distil/field/session/field_session.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <spdlog/logger.h>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>
#include <vector>

#include "core/errors.h"
#include "distil/field/session/field_description.h"
#include "distil/field/session/field_desk.h"
#include "distil/field/session/messages/session_messages.h"
#include "distil/field/session/messages/session_replies.h"

namespace retort::field {

namespace {
constexpr int most_waiting_messages = 64;       // of one page
constexpr size_t slow_client_bytes = 4u << 20;  // news are not for who has so much to take
}  // namespace

// A page as the session knows it.
struct SessionClient {
  std::shared_ptr<serve::Channel> channel;
  std::atomic<int> waiting{0};
  std::optional<Asked> asked;  // the worker's alone

  void send(const std::vector<SessionPart>& parts) const {
    for (const auto& part : parts) part.binary ? channel->send_binary(part.content) : channel->send_text(part.content);
  }
};

struct FieldSession::State {
  State(OpenedField what, ThreadPool& pool, spdlog::logger& logger, Isa isa)
      : opened(std::move(what)), log(logger), threads(pool.threads()), desk(opened, pool, isa) {
    now = desk.state();
  }

  OpenedField opened;  // its field is only the first
  spdlog::logger& log;
  int threads;
  FieldDesk desk;  // the worker's alone

  mutable std::mutex mutex;
  std::condition_variable changed;
  std::deque<std::function<void()>> queue;
  std::vector<std::shared_ptr<SessionClient>> clients;
  EditState now;
  bool edited = false, live = false, stopping = false, working = false;
  std::thread worker;

  void work() {
    at::set_num_threads(threads);  // counts for the calling thread alone
    std::unique_lock lock(mutex);
    while (true) {
      changed.wait(lock, [&] { return stopping || !queue.empty(); });
      if (stopping) return;
      const auto task = std::move(queue.front());
      queue.pop_front();
      working = true;
      lock.unlock();
      guarded(task);
      lock.lock();
      working = false;
      changed.notify_all();
    }
  }

  // What a task throws was not the client's fault: those are answered where they are heard.
  void guarded(const std::function<void()>& task) {
    try {
      task();
    } catch (const std::exception& error) {
      log.error("{}: {}", opened.name, error.what());
    }
  }

  void enqueue(std::function<void()> task) {
    {
      const std::lock_guard lock(mutex);
      queue.push_back(std::move(task));
    }
    changed.notify_all();
  }

  std::vector<std::shared_ptr<SessionClient>> all_clients() const {
    const std::lock_guard lock(mutex);
    return clients;
  }

  void publish() {
    const std::lock_guard lock(mutex);
    now = desk.state();
    edited = desk.edited();
  }

  void answer(const std::shared_ptr<SessionClient>& client, const std::string& text) {
    --client->waiting;
    if (!client->channel->open()) return;
    const auto reply = desk.answer(parse_session_message(text), client->asked, log);
    publish();
    client->send(reply.to_asker);
    if (reply.to_others.empty()) return;
    for (const auto& other : all_clients()) {
      if (other != client) other->send(reply.to_others);
    }
  }
};

FieldSession::FieldSession() = default;

std::shared_ptr<FieldSession> FieldSession::open(OpenedField opened, ThreadPool& pool, spdlog::logger& log, Isa isa) {
  const std::shared_ptr<FieldSession> session(new FieldSession);
  session->state_ = std::make_unique<State>(std::move(opened), pool, log, isa);
  session->state_->live = session->state_->opened.live;
  session->state_->worker = std::thread([state = session->state_.get()] { state->work(); });
  return session;
}

FieldSession::~FieldSession() {
  if (!state_) return;
  {
    const std::lock_guard lock(state_->mutex);
    state_->stopping = true;
  }
  state_->changed.notify_all();
  if (state_->worker.joinable()) state_->worker.join();
}

serve::Handlers::Listener FieldSession::connect(std::shared_ptr<serve::Channel> channel) {
  auto client = std::make_shared<SessionClient>();
  client->channel = std::move(channel);
  bool live = false;
  {
    const std::lock_guard lock(state_->mutex);
    state_->clients.push_back(client);
    live = state_->live;
  }
  state_->enqueue([state = state_.get(), client] { client->send(state->desk.standing()); });
  // What the first click needs; not while a training needs the cores more.
  if (!live) state_->enqueue([state = state_.get()] { state->desk.prepare(); });
  // The session lives as long as a page is open.
  const auto self = shared_from_this();
  return {.heard =
              [self, client](std::string_view message, bool binary) {
                if (binary) return client->channel->send_text(refusal_text(0, "messages are JSON texts"));
                if (client->waiting >= most_waiting_messages) {
                  return client->channel->send_text(
                      refusal_text(parse_session_message(message).id, "too many messages wait; wait for answers"));
                }
                ++client->waiting;
                self->state_->enqueue(
                    [state = self->state_.get(), client, text = std::string(message)] { state->answer(client, text); });
              },
          .closed =
              [self, client] {
                const std::lock_guard lock(self->state_->mutex);
                std::erase(self->state_->clients, client);
              }};
}

std::string FieldSession::description() const {
  const auto now = snapshot();
  bool live = false;
  {
    const std::lock_guard lock(state_->mutex);
    live = state_->live;
  }
  return field_description(state_->opened, now.field, live);
}

const OpenedField& FieldSession::opened() const { return state_->opened; }

EditState FieldSession::snapshot() const {
  const std::lock_guard lock(state_->mutex);
  return state_->now;
}

bool FieldSession::edited() const {
  const std::lock_guard lock(state_->mutex);
  return state_->edited;
}

int FieldSession::clients() const {
  const std::lock_guard lock(state_->mutex);
  return static_cast<int>(state_->clients.size());
}

void FieldSession::tell(std::string text) {
  for (const auto& client : state_->all_clients()) {
    if (client->channel->waiting_bytes() < slow_client_bytes) client->channel->send_text(text);
  }
}

void FieldSession::replace_field(std::optional<GaussianField> field, bool live) {
  state_->enqueue([state = state_.get(), field = std::move(field), live]() mutable {
    {
      const std::lock_guard lock(state->mutex);
      state->live = live;
    }
    if (!field || state->desk.edited()) return;
    const auto splats = field->size();
    state->desk.replace(std::move(*field));
    state->publish();
    const auto text = event_text("field", {{"splats", splats}});
    for (const auto& client : state->all_clients()) {
      client->asked.reset();
      client->channel->send_text(text);
    }
  });
}

void FieldSession::wait_until_idle() {
  std::unique_lock lock(state_->mutex);
  state_->changed.wait(lock, [&] { return state_->stopping || (state_->queue.empty() && !state_->working); });
}

}  // namespace retort::field
