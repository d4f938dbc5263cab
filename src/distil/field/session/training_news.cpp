#include "distil/field/session/training_news.h"

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>

#include "distil/field/session/messages/session_replies.h"
#include "run/run_folder.h"

namespace retort::field {

namespace {
double steady_now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}
}  // namespace

TrainingNews TrainingReader::look() {
  const auto record = run::read_run_record(folder_);
  news_.planned = record.steps_planned;
  // The record of a run at work is some seconds old; curves and the clock say what happened since.
  if (record.seconds != seconds_at_start_) {
    seconds_at_start_ = record.seconds;
    started_looking_ = steady_now();
  }
  news_.seconds = record.seconds;
  if (record.state == run::RunState::running) news_.seconds += steady_now() - started_looking_;
  news_.step = std::max(news_.step, record.steps_done);
  const auto part = tail_.read();
  if (part.restarted) {
    news_.scalars.clear();
    news_.step = record.steps_done;
  }
  for (const auto& point : part.points) {
    news_.step = std::max(news_.step, point.step);
    if (point.name == "time/steps_per_second") rate_ = point.value;
    if (point.name == "train/splats") news_.splats = static_cast<int64_t>(std::clamp(point.value, 0.0, 1e12));
    if (!point.timing) news_.scalars[point.name] = point.value;
  }
  double rate = rate_;
  if (rate <= 0 && record.median_step_seconds > 0) rate = 1 / record.median_step_seconds;
  const auto left = static_cast<double>(std::max<int64_t>(0, news_.planned - news_.step));
  news_.eta_seconds = rate > 0 ? std::optional(left / rate) : std::nullopt;
  return news_;
}

std::string training_event(const TrainingNews& news, bool live) {
  return event_text("training", {{"live", live},
                                 {"step", news.step},
                                 {"planned", news.planned},
                                 {"seconds", news.seconds},
                                 {"eta_seconds", news.eta_seconds ? nlohmann::ordered_json(*news.eta_seconds)
                                                                  : nlohmann::ordered_json()},
                                 {"scalars", news.scalars},
                                 {"splats", news.splats}});
}

}  // namespace retort::field
