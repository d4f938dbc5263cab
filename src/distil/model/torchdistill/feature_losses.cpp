// Losses of torchdistill between activations (losses/mid_level.py), with the defaults they have there.
#include <fmt/core.h>

#include <functional>
#include <map>

#include "distil/model/torchdistill/loss_words.h"

namespace retort::torchdistill {

namespace {
/// {path, io} of one side of a pair.
std::string side_of(Section side, const StageModel& model) {
  auto tap = tap_argument(side, model, "path", "io");
  side.finish();
  return tap;
}

/// {name: {teacher: {path, io}, student: {path, io}, weight}}: one term, whose pairs weigh the same.
void add_pairs(Section& a, const std::string& key, const LossPlace& place, const std::string& term,
               const Settings& settings) {
  auto pairs = a.section(key);
  if (pairs.value().entries.empty()) a.fault(key, "is missing");
  for (const auto& entry : pairs.value().entries) {
    auto pair = pairs.section(entry.key);
    const double weight = pair.number("weight", 1);
    place.add({.name = term,
               .weight = place.weight * weight,
               .settings = settings,
               .student_taps = {side_of(pair.section("student"), place.student)},
               .teacher_taps = {side_of(pair.section("teacher"), place.teacher)}},
              pair);
    pair.finish();
  }
  pairs.finish();
}

/// One pair, under keys PREFIX_path of each side.
void add_pair(Section& a, const LossPlace& place, const std::string& term, const Settings& settings,
              const std::string& student_key, const std::string& teacher_key, const std::string& io_suffix = "") {
  const auto io_of = [&](const std::string& key) {
    return io_suffix.empty() ? "" : key.substr(0, key.rfind('_')) + io_suffix;
  };
  place.add({.name = term,
             .weight = place.weight,
             .settings = settings,
             .student_taps = {tap_argument(a, place.student, student_key, io_of(student_key))},
             .teacher_taps = {tap_argument(a, place.teacher, teacher_key, io_of(teacher_key))}},
            a);
}

void read_at(Section& a, const LossPlace& place) {
  a.require_text("mode", "code", "code", "it is what the authors' program computes");
  add_pairs(a, "at_pairs", place, "at", {{"power", "2"}});
}

void read_sp(Section& a, const LossPlace& place) {
  require_batch_mean(a, "");
  add_pair(a, place, "sp", {}, "student_output_path", "teacher_output_path");
}

void read_pkt(Section& a, const LossPlace& place) {
  a.require_number("eps", 1e-7, 1e-7, "it is added to lengths and probabilities");
  add_pair(a, place, "pkt", {}, "student_module_path", "teacher_module_path", "_io");
}

void read_rkd(Section& a, const LossPlace& place) {
  a.require_text("reduction", "", "mean", "differences are means");
  add_pair(a, place, "rkd",
           {{"distance_weight", number_text(a.number("dist_factor", 0))},
            {"angle_weight", number_text(a.number("angle_factor", 0))}},
           "student_output_path", "teacher_output_path");
}

void read_vid(Section& a, const LossPlace& place) {
  a.find("margin");  // of no use there either
  add_pairs(a, "feature_pairs", place, "vid", {});
}

void read_ickd(Section& a, const LossPlace& place) { add_pairs(a, "feature_pairs", place, "ickd", {}); }

void read_boundaries(Section& a, const LossPlace& place) {
  a.require_text("reduction", "", "mean", "the sum over a sample's map is averaged over the batch");
  add_pairs(a, "feature_pairs", place, "ab", {{"margin", number_text(a.required_number("margin"))}});
}

/// torchdistill pairs any two maps; here each map goes with the next of a list.
void read_fsp(Section& a, const LossPlace& place) {
  auto pairs = a.section("fsp_pairs");
  TermWords term{.name = "fsp", .weight = 0, .settings = {{"form", "columns"}}};
  for (const auto& entry : pairs.value().entries) {
    auto pair = pairs.section(entry.key);
    const double weight = place.weight * pair.number("weight", 1);
    const auto student_first = side_of(pair.section("student_first"), place.student);
    const auto teacher_first = side_of(pair.section("teacher_first"), place.teacher);
    if (term.student_taps.empty()) {
      term.student_taps = {student_first};
      term.teacher_taps = {teacher_first};
      term.weight = weight;
    } else if (term.student_taps.back() != student_first || term.teacher_taps.back() != teacher_first) {
      pair.notes().fault(pair.line(), pair.path(),
                         "begins elsewhere than the pair before ends; only a chain of maps has a counterpart");
    } else if (term.weight != weight) {
      pair.fault("weight", "pairs of a term have one weight");
    }
    term.student_taps.push_back(side_of(pair.section("student_second"), place.student));
    term.teacher_taps.push_back(side_of(pair.section("teacher_second"), place.teacher));
    pair.finish();
  }
  pairs.finish();
  if (term.student_taps.empty()) a.fault("fsp_pairs", "is missing");
  place.add(std::move(term), a);
}

void read_cc(Section& a, const LossPlace&) {
  for (const char* key :
       {"student_linear_path", "teacher_linear_path", "kernel_config", "kernel_params", "reduction"}) {
    a.find(key);
  }
  a.fault("",
          "CCKDLoss compares kernels (the paper), the term cc differences of neighbours (RepDistiller, the published "
          "numbers): write `cc: {weight: 0.02}` in the recipe if that will do");
}

const std::map<std::string, std::function<void(Section&, const LossPlace&)>>& feature_readers() {
  static const std::map<std::string, std::function<void(Section&, const LossPlace&)>> readers = {
      {"ATLoss", read_at},   {"SPKDLoss", read_sp}, {"PKTLoss", read_pkt},
      {"RKDLoss", read_rkd}, {"VIDLoss", read_vid}, {"ChSimLoss", read_ickd},
      {"FSPLoss", read_fsp}, {"CCKDLoss", read_cc}, {"AltActTransferLoss", read_boundaries}};
  return readers;
}
}  // namespace

bool read_feature_loss(const std::string& key, Section& arguments, const LossPlace& place) {
  const auto found = feature_readers().find(key);
  if (found != feature_readers().end()) found->second(arguments, place);
  return found != feature_readers().end();
}

std::vector<std::string> feature_losses() {
  std::vector<std::string> names;
  for (const auto& [name, reader] : feature_readers()) names.push_back(name);
  return names;
}

}  // namespace retort::torchdistill
