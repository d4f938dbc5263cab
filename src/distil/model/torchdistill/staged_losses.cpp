// Losses of torchdistill that bring modules or data of their own (losses/mid_level.py with models/wrapper.py).
#include <fmt/core.h>

#include <functional>
#include <map>

#include "distil/model/torchdistill/loss_words.h"

namespace retort::torchdistill {

namespace {
double number_told(const StageModel& model, const std::string& key, double fallback) {
  const auto found = model.numbers.find(key);
  return found == model.numbers.end() ? fallback : found->second;
}

void read_ft(Section& a, const LossPlace& place) {
  a.require_number("p", 1, 1, "factors differ by absolute values");
  a.require_text("reduction", "mean", "mean", "differences are means");
  const auto translator = a.text("translator_path", "translator");
  const auto paraphraser = a.text("paraphraser_path", "paraphraser");
  const auto student = place.student.sources.find(translator), teacher = place.teacher.sources.find(paraphraser);
  if (student == place.student.sources.end() || teacher == place.teacher.sources.end()) {
    return a.fault("", "needs the wrappers Student4FactorTransfer and Teacher4FactorTransfer");
  }
  place.add({.name = "ft",
             .weight = place.weight,
             .settings = {{"form", "whole"}, {"rate", number_text(number_told(place.teacher, "rate", 0.5))}},
             .student_taps = {student->second},
             .teacher_taps = {teacher->second}},
            a);
}

void read_crd(Section& a, const LossPlace& place) {
  const auto negatives = a.integer("num_negative_samples", 0);
  if (negatives != place.negatives) {
    a.fault("num_negative_samples",
            fmt::format("{}, but the train loader's CRDDatasetWrapper draws {}", negatives, place.negatives));
  }
  a.text("student_empty_module_path");
  a.integer("output_size", 0);  // the data set tells
  a.integer("num_samples", 0);
  a.require_number("eps", 1e-7, 1e-7, "it is added to the scores");
  const double dimensions = a.required_number("input_size");
  for (const auto* model : {&place.student, &place.teacher}) {
    if (number_told(*model, "dimensions", dimensions) != dimensions) {
      a.fault("input_size", "is not what Linear4CRD gives (linear_kwargs.out_features)");
    }
  }
  place.add({.name = "crd",
             .weight = place.weight,
             .settings = {{"dimensions", number_text(dimensions)},
                          {"negatives", std::to_string(negatives)},
                          {"temperature", number_text(a.number("temperature", 0.07))},
                          {"momentum", number_text(a.number("momentum", 0.5))}},
             .student_taps = {tap_argument(a, place.student, "student_norm_module_path", "")},
             .teacher_taps = {tap_argument(a, place.teacher, "teacher_norm_module_path", "")}},
            a);
}

/// SRDModelWrapper takes means over a map's places, so that the last map is the pooled vector.
std::string pooled_tap(Section& a, const StageModel& model, const std::string& prefix) {
  const auto tap = tap_argument(a, model, prefix + "_module_path", prefix + "_module_io");
  const auto last = fmt::format("layer{}", model.network->blocks.size());
  const bool is_last = model.network->style != PathStyle::wide_resnet && !model.network->blocks.empty() && tap == last;
  if (is_last || tap == "avgpool") return "avgpool";
  if (!tap.empty())
    a.fault(prefix + "_module_path", fmt::format("works on '{}': the last map or avgpool has a counterpart", tap));
  return tap;
}

/// 2 log sum |s - t|^exponent + KL; the term `kd` has a factor temperature^2 of its own.
void read_srd(Section& a, const LossPlace& place) {
  if (!place.student.has_projector || place.teacher.has_projector || place.teacher.wrapper != "SRDModelWrapper") {
    a.fault("", "needs SRDModelWrapper around both networks, with linear_kwargs for the student alone");
  }
  a.require_number("exponent", 1, 4, "the published exponent");
  require_logits(a, place.student, "student_linear");
  require_logits(a, place.teacher, "teacher_linear");
  require_batch_mean(a, "batchmean");
  const double temperature = a.number("temperature", 1);
  if (temperature < 1e-3) return a.fault("temperature", "must be at least 0.001");
  place.add({.name = "srd",
             .weight = 2 * place.weight,
             .student_taps = {pooled_tap(a, place.student, "student_feature")},
             .teacher_taps = {pooled_tap(a, place.teacher, "teacher_feature")}},
            a);
  place.add({.name = "kd",
             .weight = place.weight / (temperature * temperature),
             .settings = {{"temperature", number_text(temperature)}, {"standardise", "false"}}},
            a);
}

void read_pad(Section& a, const LossPlace& place) {
  a.text("module_path", "var_estimator");
  a.require_text("module_io", "output", "output", "the branch gives the log-variance");
  a.require_text("reduction", "mean", "mean", "differences are means");
  place.add({.name = "pad",
             .weight = place.weight,
             .settings = {{"variance", "true"}, {"epsilon", number_text(a.number("eps", 1e-6))}},
             .student_taps = {tap_argument(a, place.student, "student_embed_module_path", "student_embed_module_io")},
             .teacher_taps = {tap_argument(a, place.teacher, "teacher_embed_module_path", "teacher_embed_module_io")}},
            a);
}

/// One level of knowledge review; all levels together are one term.
void read_review(Section& a, const LossPlace& place) {
  a.require_text("reduction", "mean", "mean", "differences are means");
  const auto sizes = a.find("output_sizes") ? a.numbers("output_sizes") : std::vector<double>{4, 2, 1};
  if (sizes != std::vector<double>{4, 2, 1}) a.fault("output_sizes", "[4, 2, 1] has a counterpart");
  place.add({.name = "reviewkd",
             .weight = place.weight,
             .settings = {{"warm_up_epochs", "0"}},
             .student_taps = {tap_argument(a, place.student, "student_module_path", "student_module_io")},
             .teacher_taps = {tap_argument(a, place.teacher, "teacher_module_path", "teacher_module_io")}},
            a);
}

void require_rotations(Section& a, const LossPlace& place) {
  if (!place.rotations) a.fault("", "needs SSKDDatasetWrapper in the train loader");
}

void read_sskd_head(Section& a, const LossPlace& place) {
  require_rotations(a, place);
  a.require_text("reduction", "mean", "mean", "losses are means over the batch");
  a.require_text("module_io", "output", "output", "the head's output is compared");
  const auto source = place.teacher.sources.find(a.text("module_path", "ss_module"));
  if (source == place.teacher.sources.end()) return a.fault("", "needs SSWrapper4SSKD around the teacher");
  place.add({.name = "sskd_head", .weight = place.weight, .settings = {{"tap", source->second}}}, a);
}

void read_sskd(Section& a, const LossPlace& place) {
  require_rotations(a, place);
  require_batch_mean(a, "batchmean");
  require_logits(a, place.student, "student_linear");
  require_logits(a, place.teacher, "teacher_linear");
  auto weights = a.find("loss_weights") ? a.numbers("loss_weights") : std::vector<double>{1, 1, 1, 1};
  if (weights.size() != 4) {
    a.fault("loss_weights", "four numbers are expected: of labels, class probabilities, cosines, rotations");
    weights.assign(4, 1);
  }
  place.add({.name = "ce", .weight = place.weight * weights[0], .settings = {{"label_smoothing", "0"}}}, a);
  place.add({.name = "sskd",
             .weight = place.weight,
             .settings = {{"kl_weight", number_text(weights[1])},
                          {"ss_weight", number_text(weights[2])},
                          {"tf_weight", number_text(weights[3])},
                          {"kl_temperature", number_text(a.required_number("kl_temp"))},
                          {"ss_temperature", number_text(a.required_number("ss_temp"))},
                          {"tf_temperature", number_text(a.required_number("tf_temp"))},
                          {"ss_ratio", number_text(a.required_number("ss_ratio"))},
                          {"tf_ratio", number_text(a.required_number("tf_ratio"))}},
             .student_taps = {tap_argument(a, place.student, "student_ss_module_path", "student_ss_module_io")},
             .teacher_taps = {tap_argument(a, place.teacher, "teacher_ss_module_path", "teacher_ss_module_io")}},
            a);
}

const std::map<std::string, std::function<void(Section&, const LossPlace&)>>& staged_readers() {
  static const std::map<std::string, std::function<void(Section&, const LossPlace&)>> readers = {
      {"FTLoss", read_ft},
      {"CRDLoss", read_crd},
      {"SRDLoss", read_srd},
      {"PADL2Loss", read_pad},
      {"AuxSSKDLoss", read_sskd_head},
      {"SSKDLoss", read_sskd},
      {"HierarchicalContextLoss", read_review}};
  return readers;
}
}  // namespace

bool read_staged_loss(const std::string& key, Section& arguments, const LossPlace& place) {
  const auto found = staged_readers().find(key);
  if (found != staged_readers().end()) found->second(arguments, place);
  return found != staged_readers().end();
}

std::vector<std::string> staged_losses() {
  std::vector<std::string> names;
  for (const auto& [name, reader] : staged_readers()) names.push_back(name);
  return names;
}

}  // namespace retort::torchdistill
