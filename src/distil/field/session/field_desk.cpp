#include "distil/field/session/field_desk.h"

#include <ATen/ATen.h>
#include <spdlog/logger.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/errors.h"
#include "distil/field/editing/edit_history.h"
#include "distil/field/editing/edit_script.h"
#include "distil/field/session/asking.h"
#include "distil/field/session/changed_rows.h"
#include "distil/field/session/field_looks.h"
#include "distil/field/session/message_steps.h"
#include "distil/field/session/messages/session_replies.h"
#include "distil/field/session/saved_selection.h"
#include "distil/field/session/splat_stream.h"
#include "io/base64.h"
#include "io/png.h"

namespace retort::field {

namespace {
using Json = nlohmann::ordered_json;
constexpr size_t most_steps_back = 256;

std::string bits_of(const at::Tensor& mask) {
  const auto bytes = mask.contiguous();
  return packed_bits({static_cast<const uint8_t*>(bytes.data_ptr()), static_cast<size_t>(bytes.numel())});
}

// Whether both hold the same words against the field and combine alike; thresholds and rules may differ.
bool is_same_query(const EditStep& a, const EditStep& b) {
  const auto *first = std::get_if<SelectStep>(&a), *second = std::get_if<SelectStep>(&b);
  if (first == nullptr || second == nullptr || first->combine != second->combine) return false;
  const auto *x = std::get_if<QuerySelection>(&first->what), *y = std::get_if<QuerySelection>(&second->what);
  return x != nullptr && y != nullptr && x->asked == y->asked && x->against == y->against && x->form == y->form;
}

std::string_view bytes_of(const at::Tensor& bytes) {
  return {static_cast<const char*>(bytes.data_ptr()), static_cast<size_t>(bytes.nbytes())};
}
}  // namespace

struct FieldDesk::State {
  State(const OpenedField& what, ThreadPool& threads, Isa set, int64_t told_rows)
      : opened(what),
        pool(threads),
        isa(set),
        most_told_rows(told_rows),
        history(begin_editing(what.field), most_steps_back),
        runner({.scene = what.scene ? &*what.scene : nullptr,
                .vocabulary = what.vocabulary ? &*what.vocabulary : nullptr,
                .pool = &threads,
                .folder = what.folder,
                .isa = set}) {}

  const OpenedField& opened;
  ThreadPool& pool;
  Isa isa;
  int64_t most_told_rows;
  EditHistory history;
  StepRunner runner;
  std::vector<EditStep> steps;  // done ones, then undone ones
  size_t done = 0;
  int64_t own_rows = -1;  // of the field before any edit; -1: of `opened`

  const EditState& now() const { return history.now(); }
  uint32_t splats() const { return static_cast<uint32_t>(now().field.size()); }
  int64_t rows_of_file() const { return own_rows < 0 ? opened.field.size() : own_rows; }

  // Does a step; what it throws leaves everything as it was. A threshold that is moved on takes the place of the
  // selection that it made before.
  void run(const EditStep& step) {
    const bool moves_on = done > 0 && is_same_query(steps[done - 1], step) && history.undo();
    try {
      history.push(runner.run(step, now()), describe(step));
    } catch (...) {
      if (moves_on) history.redo();
      throw;
    }
    if (moves_on) --done;
    steps.resize(done);
    steps.push_back(step);
    ++done;
  }

  Json standing_json() const {
    return {{"count", now().selected_count()}, {"alive", now().alive_count()},  {"undoes", history.steps_back()},
            {"redoes", steps.size() - done},   {"undo_what", history.undoes()}, {"redo_what", history.redoes()}};
  }

  SessionPart selected_part(uint32_t id) const {
    return {true, binary_message(BinaryKind::selected, id, splats(), bits_of(now().selected))};
  }
  SessionPart alive_part(uint32_t id) const {
    return {true, binary_message(BinaryKind::alive, id, splats(), bits_of(now().alive))};
  }

  // The answer to the asker and the event to the others, with what changed since `before`.
  SessionReply changed_reply(uint32_t id, const EditState& before, Json answer) const {
    SessionReply reply;
    auto standing = standing_json();
    auto rows = changed_rows(before.field, now().field);
    const bool edited =
        rows.numel() > 0 || before.field.size() != now().field.size() || !at::equal(before.alive, now().alive);
    if (rows.size(0) > most_told_rows) {
      standing["reload"] = true;
      rows = rows.slice(0, 0, 0);
    }
    for (const auto& entry : standing.items()) answer[entry.key()] = entry.value();
    reply.to_asker.push_back({false, answer_text(id, answer)});
    reply.to_others.push_back({false, event_text(edited ? "edited" : "selection", standing)});
    const auto add = [&](uint32_t of, std::vector<SessionPart>& to) {
      if (edited) {
        for (int64_t begin = 0; begin < rows.size(0); begin += splats_a_block) {
          const auto block =
              encode_splat_block(now().field, rows.slice(0, begin, std::min(begin + splats_a_block, rows.size(0))));
          to.push_back({true, binary_message(BinaryKind::rows, of, splats(), block)});
        }
        to.push_back(alive_part(of));
      }
      to.push_back(selected_part(of));
    };
    add(id, reply.to_asker);
    add(0, reply.to_others);
    return reply;
  }

  SessionReply step_reply(uint32_t id, const EditStep& step) {
    const auto before = now();
    const auto start = std::chrono::steady_clock::now();
    run(step);
    const std::chrono::duration<double, std::milli> spent = std::chrono::steady_clock::now() - start;
    return changed_reply(id, before, {{"milliseconds", spent.count()}});
  }

  SessionReply undo_reply(uint32_t id, bool back) {
    const auto before = now();
    if (!(back ? history.undo() : history.redo())) user_error("there is nothing to {}", back ? "undo" : "redo");
    done = back ? done - 1 : done + 1;
    return changed_reply(id, before, Json::object());
  }

  static SessionReply plain_reply(uint32_t id, const Json& answer) {
    return {.to_asker = {{false, answer_text(id, answer)}}, .to_others = {}};
  }
};

namespace {
// One overload a message.
template <class State>
struct DeskAnswer {
  State& state;
  std::optional<Asked>& asked;
  uint32_t id;

  SessionReply operator()(const QueryMessage& message) const {
    asked = ask(message, state.opened, state.now(), state.pool, state.isa);
    auto reply = State::plain_reply(id, asked_json(*asked));
    reply.to_asker.push_back(
        {true, binary_message(BinaryKind::scores, id, state.splats(), bytes_of(score_bytes(*asked)))});
    return reply;
  }
  SessionReply operator()(const SelectQueryMessage& message) const {
    if (!asked) user_error("select_query: ask for a word first (query)");
    return state.step_reply(id, query_step(asked->message, message));
  }
  SessionReply operator()(const ClickMessage& message) const { return state.step_reply(id, step_of(message)); }
  SessionReply operator()(const RegionMessage& message) const { return state.step_reply(id, step_of(message)); }
  SessionReply operator()(const RingsMessage& message) const { return state.step_reply(id, step_of(message)); }
  SessionReply operator()(const EditMessage& message) const {
    return state.step_reply(id, parse_edit(message.edit, "edit"));
  }
  SessionReply operator()(const SaveMessage& message) const {
    const auto saved =
        save_session_selection(state.opened, state.now(), state.rows_of_file(), message.name, state.history.undoes());
    return State::plain_reply(id, {{"path", saved.path.string()}, {"step", saved.step ? Json(*saved.step) : Json()}});
  }
  SessionReply operator()(const PictureMessage& message) const {
    const auto direction = asked ? asked->direction : at::Tensor();
    const auto picture =
        drawn_picture(edited_field(state.now()), message.camera, message.mode, direction, state.pool, state.isa);
    return State::plain_reply(id, {{"png", io::base64(io::encode_png(picture))}});
  }
  SessionReply operator()(const PlainMessage& message) const {
    switch (message.op) {
      case PlainOp::fringe:
        return state.step_reply(id, FringeStep{});
      case PlainOp::invert:
        return state.step_reply(id, InvertStep{});
      case PlainOp::select_all:
        return state.step_reply(id, SelectAllStep{});
      case PlainOp::select_none:
        return state.step_reply(id, SelectNoneStep{});
      case PlainOp::undo:
        return state.undo_reply(id, true);
      case PlainOp::redo:
        return state.undo_reply(id, false);
      case PlainOp::feature_colours: {
        auto reply = State::plain_reply(id, Json::object());
        const auto colours = feature_colours(state.now().field);
        reply.to_asker.push_back({true, binary_message(BinaryKind::colours, id, state.splats(), bytes_of(colours))});
        return reply;
      }
      case PlainOp::state: {
        auto reply = State::plain_reply(id, state.standing_json());
        reply.to_asker.push_back(state.alive_part(id));
        reply.to_asker.push_back(state.selected_part(id));
        return reply;
      }
      case PlainOp::script:
        break;
    }
    return State::plain_reply(
        id,
        {{"yaml", edit_script_text({state.steps.begin(), state.steps.begin() + static_cast<ptrdiff_t>(state.done)})}});
  }
};
}  // namespace

FieldDesk::FieldDesk(const OpenedField& opened, ThreadPool& pool, Isa isa, int64_t most_told_rows)
    : state_(std::make_unique<State>(opened, pool, isa, most_told_rows)) {}
FieldDesk::~FieldDesk() = default;

SessionReply FieldDesk::answer(const HeardMessage& heard, std::optional<Asked>& asked, spdlog::logger& log) {
  std::string refusal = heard.error;
  if (heard.message) {
    try {
      return std::visit(DeskAnswer<State>{*state_, asked, heard.id}, *heard.message);
    } catch (const UserError& error) {
      refusal = error.what();
    } catch (const std::exception& error) {
      // Out of memory, say: the session lives on, as the standing state is a value that nothing touched.
      const std::string text = error.what();
      refusal = "this went wrong: " + text.substr(0, text.find('\n'));
      log.error("{}: {}", state_->opened.name, refusal);
    }
  }
  return {.to_asker = {{false, refusal_text(heard.id, refusal)}}, .to_others = {}};
}

std::vector<SessionPart> FieldDesk::standing() const {
  return {{false, event_text("edited", state_->standing_json())}, state_->alive_part(0), state_->selected_part(0)};
}

void FieldDesk::prepare() {
  // Any step that needs the graph of neighbours makes it; the result is not kept.
  state_->runner.run(GrowStep{}, state_->now());
}

void FieldDesk::replace(GaussianField field) {
  state_->own_rows = field.size();
  state_->history = EditHistory(begin_editing(std::move(field)), most_steps_back);
  state_->steps.clear();
  state_->done = 0;
}

const EditState& FieldDesk::state() const { return state_->now(); }

bool FieldDesk::edited() const {
  return std::any_of(state_->steps.begin(), state_->steps.end(),
                     [](const EditStep& step) { return std::holds_alternative<Edit>(step); });
}

}  // namespace retort::field
