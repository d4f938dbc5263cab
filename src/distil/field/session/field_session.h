// One open field and everybody who looks at it: commands of several pages are done one after the other by a thread of
// the session's own, so that no page waits for the network's threads and all see the same.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "core/isa.h"
#include "core/thread_pool.h"
#include "distil/field/editing/edit.h"
#include "distil/field/session/opened_field.h"
#include "serve/server.h"

namespace spdlog {
class logger;
}

namespace retort::field {

class FieldSession : public std::enable_shared_from_this<FieldSession> {
 public:
  /// Pool and log must outlive it.
  static std::shared_ptr<FieldSession> open(OpenedField opened, ThreadPool& pool, spdlog::logger& log,
                                            Isa isa = Isa::automatic);
  /// Waits for the command at work; those that wait are dropped.
  ~FieldSession();
  FieldSession(const FieldSession&) = delete;
  FieldSession& operator=(const FieldSession&) = delete;

  /// A page came: it first hears what stands (edited and selection, with their binaries). Its messages keep their
  /// order; past 64 that wait they are refused.
  serve::Handlers::Listener connect(std::shared_ptr<serve::Channel> channel);

  /// What the field is, as JSON (GET /api/field/NAME).
  std::string description() const;
  const OpenedField& opened() const;
  /// The state after the last command; its tensors don't change any more.
  EditState snapshot() const;
  /// Whether anything was done that a new field would throw away.
  bool edited() const;
  int clients() const;

  /// A text for all pages; those that are slow to take what they have miss it.
  void tell(std::string text);
  /// Takes the place of the field, in its turn, unless it was edited meanwhile; all pages then hear `field`. Without
  /// one only `live` changes.
  void replace_field(std::optional<GaussianField> field, bool live);
  /// Returns when all commands that were heard before are done.
  void wait_until_idle();

 private:
  FieldSession();
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace retort::field
