#include "distil/model/torchdistill/loss_words.h"

#include <fmt/core.h>

#include <algorithm>

#include "core/text.h"

namespace retort::torchdistill {

namespace {
/// {is_from_teacher, module_path, io} of SimpleLossWrapper.
struct HookedTensor {
  bool is_label = false, of_teacher = false;
  std::string module_path, tap;
};

HookedTensor read_tensor(Section section, const LossPlace& place) {
  HookedTensor tensor;
  tensor.of_teacher = section.flag("is_from_teacher", false);
  tensor.is_label = section.flag("uses_label", false);
  tensor.module_path = section.text("module_path");
  const auto io = section.text("io", "output");
  tensor.is_label = tensor.is_label || tensor.module_path.empty();
  if (!tensor.is_label) {
    tensor.tap = hooked_tap(tensor.of_teacher ? place.teacher : place.student, tensor.module_path, io, section.line(),
                            section.path(), section.notes());
  }
  section.finish();
  return tensor;
}

bool is_logits(const std::string& tap) { return tap == "." || tap == "fc"; }

/// The teacher's layer against what the paraphraser makes of it again.
bool is_reconstruction(const HookedTensor& input, const HookedTensor& target) {
  const bool first = input.module_path == "paraphraser", second = target.module_path == "paraphraser";
  return input.of_teacher && target.of_teacher && first != second;
}

void add_difference(const std::string& difference, Section& arguments, const HookedTensor& input,
                    const HookedTensor& target, const LossPlace& place) {
  const auto reduction = arguments.text("reduction", "mean");
  if (reduction != "mean" && reduction != "sum") arguments.fault("reduction", "mean and sum have counterparts");
  if (is_reconstruction(input, target)) {
    if (difference != "l2" || reduction != "mean") {
      arguments.fault("reduction", "the paraphraser is held to its map by MSELoss with reduction mean");
    }
    const auto rate = place.teacher.numbers.find("rate");
    place.add({.name = "ft_paraphraser",
               .weight = place.weight,
               .settings = {{"rate", number_text(rate == place.teacher.numbers.end() ? 0.5 : rate->second)},
                            {"factor_l1", "0"},
                            {"tap", input.tap}}},
              arguments);
    return;
  }
  if (input.of_teacher == target.of_teacher) {
    return arguments.fault("", "one tensor of the student and one of the teacher have a counterpart");
  }
  const auto& of_student = input.of_teacher ? target : input;
  const auto& of_teacher = input.of_teacher ? input : target;
  if (of_student.tap == "." || of_teacher.tap == ".") {
    return arguments.fault("", "differences of logits have no counterpart; kd compares them");
  }
  place.add({.name = "maps",
             .weight = place.weight,
             .settings = {{"difference", difference}, {"reduction", reduction}},
             .student_taps = {of_student.tap},
             .teacher_taps = {of_teacher.tap}},
            arguments);
}

const std::vector<std::string> low_level_losses = {"CrossEntropyLoss", "MSELoss", "L1Loss", "SmoothL1Loss"};

/// A loss of torch.nn between two hooked tensors, or a tensor and the labels.
void read_low_level(const std::string& key, Section& arguments, Section wrapper, const LossPlace& place) {
  wrapper.require_text("key", "", "SimpleLossWrapper", "it says what the loss compares");
  auto places = wrapper.section("kwargs");
  const auto input = read_tensor(places.section("input"), place);
  const auto target = read_tensor(places.section("target"), place);
  places.finish();
  wrapper.finish();
  if (key == "CrossEntropyLoss") {
    const double smoothing = read_cross_entropy(arguments);
    if (input.of_teacher || !is_logits(input.tap) || !target.is_label) {
      arguments.fault("", "cross-entropy of the student's logits with the labels has a counterpart");
    }
    place.add({.name = "ce", .weight = place.weight, .settings = {{"label_smoothing", number_text(smoothing)}}},
              arguments);
    return;
  }
  if (input.is_label || target.is_label) return arguments.fault("", "of the labels only cross-entropy is taken");
  if (key == "SmoothL1Loss") arguments.require_number("beta", 1, 1, "it is squared below 1");
  add_difference(key == "MSELoss" ? "l2" : key == "L1Loss" ? "l1" : "smooth_l1", arguments, input, target, place);
}

/// {key, kwargs} and, for torch's own losses, what SimpleLossWrapper hands them.
void read_loss(Section criterion, Section wrapper, const LossPlace& place) {
  const auto key = criterion.required_text("key");
  auto arguments = criterion.section("kwargs");
  const bool is_low_level = std::find(low_level_losses.begin(), low_level_losses.end(), key) != low_level_losses.end();
  if (is_low_level) {
    read_low_level(key, arguments, std::move(wrapper), place);
  } else if (!read_logit_loss(key, arguments, place) && !read_feature_loss(key, arguments, place) &&
             !read_staged_loss(key, arguments, place)) {
    if (key.empty()) return;
    auto names = low_level_losses;
    for (const auto& more : {logit_losses(), feature_losses(), staged_losses()}) {
      names.insert(names.end(), more.begin(), more.end());
    }
    return criterion.fault("key", fmt::format("loss '{}' has no counterpart{}", key, did_you_mean(key, names)));
  }
  arguments.finish();
  criterion.finish();
}

void read_weighted_sum(Section arguments, LossPlace place) {
  auto model_term = arguments.section("model_term");
  model_term.require_number("weight", 0, 0, "classifiers return no losses of their own");
  model_term.finish();
  auto terms = arguments.section("sub_terms");
  if (terms.value().entries.empty()) arguments.fault("sub_terms", "is missing");
  for (const auto& entry : terms.value().entries) {
    auto term = terms.section(entry.key);
    place.weight = term.number("weight", 1);
    if (place.weight < 0) term.fault("weight", "must not be negative");
    read_loss(term.section("criterion"), term.section("criterion_wrapper"), place);
    term.finish();
  }
  terms.finish();
  arguments.finish();
}
}  // namespace

const TermWords* find_term(const LossWords& loss, const std::string& name) {
  const auto found = std::find_if(loss.begin(), loss.end(), [&](const TermWords& term) { return term.name == name; });
  return found == loss.end() ? nullptr : &*found;
}

void LossPlace::add(TermWords term, Section& section) const {
  if (term.weight == 0) return;
  for (const auto* taps : {&term.student_taps, &term.teacher_taps}) {
    if (std::find(taps->begin(), taps->end(), ".") != taps->end()) {
      section.fault("", "a network's own output has no counterpart here; name the layer that gives it");
    }
  }
  term.line = section.line();
  const auto there =
      std::find_if(loss->begin(), loss->end(), [&](const TermWords& other) { return other.name == term.name; });
  if (there == loss->end()) {
    loss->push_back(std::move(term));
  } else if (there->settings != term.settings) {
    section.notes().fault(
        section.line(), section.path(),
        fmt::format("a loss has one term `{}`, and line {} gives it other settings", term.name, there->line));
  } else if (there->student_taps == term.student_taps && there->teacher_taps == term.teacher_taps) {
    there->weight += term.weight;
  } else if (there->weight == term.weight) {
    there->student_taps.insert(there->student_taps.end(), term.student_taps.begin(), term.student_taps.end());
    there->teacher_taps.insert(there->teacher_taps.end(), term.teacher_taps.begin(), term.teacher_taps.end());
  } else {
    section.notes().fault(
        section.line(), section.path(),
        fmt::format("pairs of a term `{}` have one weight, and line {} gives another", term.name, there->line));
  }
}

LossWords read_criterion(Section criterion, const StageModel& student, const StageModel& teacher, int64_t negatives,
                         bool rotations) {
  LossWords loss;
  const LossPlace place{student, teacher, negatives, rotations, 1, &loss};
  if (const auto extractor = criterion.text("func2extract_model_loss"); extractor != "extract_no_model_loss") {
    criterion.leave_out("func2extract_model_loss", "classifiers return no losses of their own");
  }
  if (criterion.text("key") == "WeightedSumLoss") {
    read_weighted_sum(criterion.section("kwargs"), place);
    criterion.finish();
  } else {
    auto wrapper = criterion.section("criterion_wrapper");
    read_loss(criterion, std::move(wrapper), place);
  }
  return loss;
}

double read_cross_entropy(Section& arguments) {
  arguments.require_text("reduction", "mean", "mean", "losses are means over the batch");
  arguments.require_number("ignore_index", -100, -100, "every picture has a class");
  if (arguments.find("weight")) arguments.fault("weight", "weights of classes have no counterpart");
  return arguments.number("label_smoothing", 0);
}

std::string tap_argument(Section& arguments, const StageModel& model, const std::string& path_key,
                         const std::string& io_key) {
  const auto module_path = arguments.required_text(path_key);
  const auto io = io_key.empty() ? "output" : arguments.text(io_key, "output");
  if (module_path.empty()) return "";
  if (!model.network || model.network->name.empty()) {
    arguments.fault(path_key, model.is_teacher ? "there is no teacher (models.teacher_model)" : "there is no student");
    return "";
  }
  return hooked_tap(model, module_path, io, arguments.line_of(path_key), arguments.path_of(path_key),
                    arguments.notes());
}

void require_logits(Section& arguments, const StageModel& model, const std::string& prefix) {
  const auto tap = tap_argument(arguments, model, prefix + "_module_path", prefix + "_module_io");
  if (!tap.empty() && !is_logits(tap)) {
    arguments.fault(prefix + "_module_path", fmt::format("'{}': the term compares logits, '.' with its output", tap));
  }
}

void require_batch_mean(Section& arguments, const std::string& fallback) {
  arguments.require_text("reduction", fallback, "batchmean", "divergences are means over the batch");
}

}  // namespace retort::torchdistill
