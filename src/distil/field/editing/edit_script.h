// Edit scripts at work: what to select and what to do with it, from YAML that replays to the bit (script/script_text.h
// tells the format).
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "core/isa.h"
#include "core/thread_pool.h"
#include "distil/field/editing/edit.h"
#include "distil/field/editing/edit_history.h"
#include "distil/field/editing/script/script_text.h"
#include "distil/field/scene/scene.h"
#include "distil/field/teachers/vocabulary.h"

namespace retort::field {

/// What selections of a script may refer to.
struct EditSurroundings {
  const Scene* scene = nullptr;            ///< views by name; null: pointing at views is refused
  const Vocabulary* vocabulary = nullptr;  ///< words; null: only files of vectors
  ThreadPool* pool = nullptr;              ///< never null
  std::filesystem::path folder = {};       ///< that relative files are looked for in; empty: the working directory
  Isa isa = Isa::automatic;
};

/// Does steps one by one; keeps the graph of neighbours and the renderer's buffers while the splats stay as they are.
class StepRunner {
 public:
  /// What the surroundings point to must outlive it.
  explicit StepRunner(const EditSurroundings& surroundings);
  ~StepRunner();
  StepRunner(StepRunner&&) noexcept;
  StepRunner& operator=(StepRunner&&) noexcept;

  /// The state after the step. UserError when what it names is not there, nothing is selected that could be edited, or
  /// the rule and threshold of a query do not fit what it is held against.
  EditState run(const EditStep& step, const EditState& state);

 private:
  struct Tools;
  std::unique_ptr<Tools> tools_;
};

/// One step that is done.
struct StepReport {
  size_t index = 0, count = 0;  ///< 0-based, of how many
  std::string what;             ///< "select ball"
  int64_t selected = 0, alive = 0;
  double seconds = 0;
};

/// All steps on a field. What a step may not do is a UserError led by its place in the script. The same script on the
/// same field with the same surroundings gives the same bytes.
EditHistory run_edit_script(const EditScript& script, GaussianField field, const EditSurroundings& surroundings,
                            const std::function<void(const StepReport&)>& report = {});

}  // namespace retort::field
