// What a DistillationJob leaves behind: its state, to go on from, and its products.
#include <ATen/ATen.h>
#include <spdlog/spdlog.h>

#include <nlohmann/json.hpp>

#include "distil/model/engine/aspect_network.h"
#include "distil/model/engine/distillation_job.h"
#include "distil/model/engine/term_figures.h"
#include "distil/model/engine/trained_network.h"
#include "io/atomic_file.h"
#include "io/tensor/tensor_io.h"
#include "run/state.h"

namespace retort::model {

void DistillationJob::save(run::StateWriter& writer) const {
  writer.integer("steps", steps_done_);
  writer.number("best_share", best_share_);
  for (const auto& [name, tensor] : nn::named_tensors(student_weights_)) writer.tensor("student." + name, tensor);
  for (const auto& [name, tensor] : nn::named_tensors(modules_)) writer.tensor("loss." + name, tensor);
  if (teacher_) teacher_->save(writer);
  optimiser_->save(writer);
  if (average_) average_->save(writer);
  samples_.save(writer);
}

void DistillationJob::load(const run::StateReader& reader) {
  steps_done_ = reader.integer("steps");
  if (steps_done_ > 0) survey_.reset();  // what it gave is among the modules
  best_share_ = reader.number("best_share");
  const auto restore = [&](std::map<std::string, at::Tensor>& tensors, const std::string& prefix) {
    for (auto& [name, tensor] : tensors) reader.copy_into(prefix + name, tensor);
  };
  {
    const at::NoGradGuard no_grad;
    restore(student_weights_.parameters, "student.");
    restore(student_weights_.buffers, "student.");
    restore(modules_.parameters, "loss.");
    restore(modules_.buffers, "loss.");
    if (teacher_) teacher_->load(reader);
  }
  size_t stage = 0;
  while (stage + 1 < stages_.size() && steps_done_ >= stages_[stage].end()) ++stage;
  begin_stage(stage);
  optimiser_->load(reader);
  if (average_) average_->load(reader);
  samples_.load(reader);
}

run::Products DistillationJob::finish(const std::filesystem::path& folder, run::Recorder& recorder) {
  choose_mixture(recorder);
  io::save_safetensors(folder / "weights.safetensors", nn::named_tensors(without_further_outputs(result(), *student_)));
  run::Products products = {{.name = "weights", .kind = "weights", .path = "weights.safetensors"}};
  if (!test_) return products;
  test(recorder);
  const auto& names = test_->dataset().class_names();
  const std::string leading = leading_name(*last_test_);
  nlohmann::ordered_json evaluation = {{"student", to_json(*last_test_, names)}, {"best_" + leading, best_share_}};
  if (teacher_ && teacher_->sees_any_picture()) {
    const auto teacher = measure_score(*teacher_, test_->dataset().class_count(), *test_);
    recorder.scalar("eval/teacher_" + leading, leading_share(teacher));
    evaluation["teacher"] = to_json(teacher, names);
    context_.log.info("teacher {:.2f} %", 100 * leading_share(teacher));
    const auto figures = term_figures(stages_.back().terms, pair_with(result()), modules_, *test_);
    if (!figures.is_null()) evaluation["terms"] = figures;
  }
  context_.log.info("student {:.2f} % ({}) of {} test samples", 100 * leading_share(*last_test_), leading,
                    samples_of(*last_test_));
  io::write_whole_file(folder / "evaluation.json", evaluation.dump(2) + "\n");
  products.push_back({.name = "evaluation", .kind = "metrics", .path = "evaluation.json"});
  return products;
}

}  // namespace retort::model
