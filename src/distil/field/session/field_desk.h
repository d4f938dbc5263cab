// Where a field is asked, selected from and edited: one message at a time, each with its answer.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/isa.h"
#include "core/thread_pool.h"
#include "distil/field/editing/edit.h"
#include "distil/field/session/asking.h"
#include "distil/field/session/messages/session_messages.h"
#include "distil/field/session/opened_field.h"
#include "distil/field/session/splat_stream.h"

namespace spdlog {
class logger;
}

namespace retort::field {

/// A message on its way to a page.
struct SessionPart {
  bool binary = false;
  std::string content;
};

struct SessionReply {
  std::vector<SessionPart> to_asker;   ///< the answer, then its binaries
  std::vector<SessionPart> to_others;  ///< the event, then its binaries; empty: nothing changed
};

/// Not thread-safe; FieldSession gives it a thread of its own.
class FieldDesk {
 public:
  /// Of more changed rows than these a page is told to read all splats again, for what is sent to it over the socket
  /// waits in memory.
  static constexpr int64_t usual_told_rows = 8 * splats_a_block;

  /// `opened` and pool must outlive it.
  FieldDesk(const OpenedField& opened, ThreadPool& pool, Isa isa, int64_t most_told_rows = usual_told_rows);
  ~FieldDesk();

  /// Does what was asked. What is wrong with it, or goes wrong, becomes a refusal and changes nothing; faults are
  /// logged as well. `asked`: what this page asked last, which its thresholds and pictures go by.
  SessionReply answer(const HeardMessage& heard, std::optional<Asked>& asked, spdlog::logger& log);
  /// What a page that comes now must know: the events of edits and selection, with their binaries.
  std::vector<SessionPart> standing() const;
  /// Makes what the first click needs.
  void prepare();
  /// Another field in place of this one; the selection and the steps go, and what pages asked must go too.
  void replace(GaussianField field);

  const EditState& state() const;
  /// Whether an edit stands or can be done again.
  bool edited() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace retort::field
