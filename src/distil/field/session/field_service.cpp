#include "distil/field/session/field_service.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <utility>

#include "core/errors.h"
#include "core/text.h"
#include "distil/field/session/field_download.h"
#include "distil/field/session/field_looks.h"
#include "distil/field/session/field_session.h"
#include "distil/field/session/splat_stream.h"
#include "distil/field/session/training_watch.h"

namespace retort::field {

namespace {
constexpr size_t most_idle_sessions = 4;
constexpr int64_t usual_photo_width = 320;

std::string query_value(const serve::Request& request, const std::string& key, const std::string& otherwise) {
  const auto found = request.query.find(key);
  return found == request.query.end() ? otherwise : found->second;
}

int64_t whole_number(const std::string& text, const std::string& what) {
  int64_t value = 0;
  if (!parse_integer(text, value)) user_error("{}: '{}' is no whole number", what, text);
  return value;
}

serve::Response splats_of(const FieldSession& session) {
  serve::Response response;
  response.content_type = "application/octet-stream";
  response.pieces = [stream = std::make_shared<SplatStream>(session.snapshot().field)] { return stream->next(); };
  return response;
}

serve::Response photo_of(const FieldSession& session, const serve::Request& request) {
  const auto& scene = session.opened().scene;
  if (!scene) return serve::error_response(404, "this field has no scene here, so no photos; --scene names it");
  const auto view = whole_number(request.path[4], "photo");
  if (view < 0 || view >= static_cast<int64_t>(scene->views.size())) {
    return serve::error_response(404, fmt::format("there is no view {}", view));
  }
  serve::Response response;
  response.content_type = "image/jpeg";
  response.content =
      photo_jpeg(*scene, view, whole_number(query_value(request, "width", std::to_string(usual_photo_width)), "width"));
  response.compressible = false;
  return response;
}

serve::Response download_of(const FieldSession& session, const serve::Request& request) {
  const auto what = query_value(request, "what", "all");
  if (what != "all" && what != "selection") user_error("download: what={}: should be all or selection", what);
  return field_download(session.snapshot(), session.opened().name, session.opened().folder,
                        {.format = query_value(request, "format", "ply"), .selection_only = what == "selection"});
}

std::optional<serve::Response> answer_of(const FieldSession& session, const serve::Request& request) {
  const auto& path = request.path;
  if (path.size() == 3) return serve::json_response(session.description());
  if (path.size() == 4 && path[3] == "splats") return splats_of(session);
  if (path.size() == 4 && path[3] == "download") return download_of(session, request);
  if (path.size() == 5 && path[3] == "photo") return photo_of(session, request);
  return std::nullopt;
}
}  // namespace

struct FieldService::State {
  struct Entry {
    std::mutex mutex;  // held while the field is opened
    std::shared_ptr<FieldSession> session;
    std::unique_ptr<TrainingWatch> watch;  // of the session; goes first
    uint64_t used = 0;

    ~Entry() { watch.reset(); }
  };

  Opener opener;
  ThreadPool& pool;
  spdlog::logger& log;
  std::mutex mutex;
  std::map<std::string, std::shared_ptr<Entry>> entries;
  uint64_t uses = 0;

  /// An entry and its lock: while that is held, nobody closes the session.
  struct Held {
    std::shared_ptr<Entry> entry;
    std::unique_lock<std::mutex> lock;
  };

  // The entry of that name as it stands in the map, locked.
  Held hold(const std::string& name) {
    while (true) {
      std::shared_ptr<Entry> entry;
      {
        const std::lock_guard guard(mutex);
        auto& place = entries[name];
        if (!place) place = std::make_shared<Entry>();
        place->used = ++uses;
        entry = place;
      }
      std::unique_lock lock(entry->mutex);
      const std::lock_guard guard(mutex);
      // While this waited for its turn the entry may have been closed, or dropped as one that can't be opened.
      const auto found = entries.find(name);
      if (found != entries.end() && found->second == entry) return {entry, std::move(lock)};
    }
  }

  // Does something with a session that stays open meanwhile; false when there is no such field.
  template <class Use>
  bool with_session(const std::string& name, Use use) {
    const auto held = hold(name);
    auto& entry = *held.entry;
    if (!entry.session && !open(name, entry)) {
      const std::lock_guard guard(mutex);
      entries.erase(name);
      return false;
    }
    use(entry.session);
    return true;
  }

  bool open(const std::string& name, Entry& entry) {
    try {
      auto opened = opener(name);
      if (!opened) return false;
      const bool is_run = opened->is_run;
      const auto folder = opened->folder;
      entry.session = FieldSession::open(std::move(*opened), pool, log);
      if (is_run) entry.watch = std::make_unique<TrainingWatch>(entry.session, folder, log, TrainingWatch::Pace{});
    } catch (...) {
      entry.session.reset();
      const std::lock_guard guard(mutex);
      entries.erase(name);
      throw;
    }
    close_idle(entry);
    return true;
  }

  // The ones that were not used for longest, past the number that may stay.
  void close_idle(const Entry& fresh) {
    std::vector<std::shared_ptr<Entry>> closed;  // outside of the lock: closing waits for threads
    {
      const std::lock_guard lock(mutex);
      std::vector<std::pair<uint64_t, std::string>> idle;
      for (const auto& [name, entry] : entries) {
        if (entry.get() == &fresh) continue;
        // One whose lock is held is in use.
        const std::unique_lock opening(entry->mutex, std::try_to_lock);
        if (!opening || !entry->session || entry->session->clients() > 0 || entry->session->edited()) continue;
        idle.emplace_back(entry->used, name);
      }
      std::sort(idle.begin(), idle.end());
      while (idle.size() >= most_idle_sessions) {
        closed.push_back(entries.at(idle.front().second));
        entries.erase(idle.front().second);
        idle.erase(idle.begin());
      }
    }
  }
};

FieldService::FieldService(Opener opener, ThreadPool& pool, spdlog::logger& log)
    : state_(new State{.opener = std::move(opener), .pool = pool, .log = log, .mutex = {}, .entries = {}}) {}
FieldService::~FieldService() = default;

std::optional<serve::Response> FieldService::http(const serve::Request& request) {
  const auto& path = request.path;
  if (path.size() < 3 || path[0] != "api" || path[1] != "field") return std::nullopt;
  std::shared_ptr<FieldSession> session;
  if (!state_->with_session(path[2], [&](const auto& found) { session = found; })) {
    return serve::error_response(404, fmt::format("there is no field '{}'", path[2]));
  }
  return answer_of(*session, request);
}

std::optional<serve::Handlers::Listener> FieldService::websocket(const serve::Request& request,
                                                                 std::shared_ptr<serve::Channel> channel) {
  const auto& path = request.path;
  if (path.size() != 3 || path[0] != "ws" || path[1] != "field") return std::nullopt;
  std::optional<serve::Handlers::Listener> listener;
  state_->with_session(path[2], [&](const auto& session) { listener = session->connect(std::move(channel)); });
  return listener;
}

}  // namespace retort::field
