// Losses of torchdistill between logits (losses/mid_level.py), with the defaults they have there.
#include <algorithm>
#include <functional>
#include <map>
#include <optional>

#include "distil/model/torchdistill/loss_words.h"

namespace retort::torchdistill {

namespace {
/// alpha CE + beta tau^2 KL; without alpha (or 0) the divergence alone, and without tau^2, which the term `kd` has.
void add_soft_and_hard(Section& a, const LossPlace& place, bool standardise) {
  require_logits(a, place.student, "student");
  require_logits(a, place.teacher, "teacher");
  require_batch_mean(a, "batchmean");
  const double temperature = a.required_number("temperature");
  if (temperature < 1e-3) a.fault("temperature", "must be at least 0.001");
  const double alpha = a.number("alpha", 0), beta = a.number("beta", 1 - alpha);
  const double smoothing = a.number("label_smoothing", 0);
  if (alpha < 0 || beta < 0) a.fault("alpha", "weights must not be negative");
  const double soft = alpha == 0 ? 1 / std::max(temperature * temperature, 1e-6) : beta;
  place.add({.name = "ce", .weight = place.weight * alpha, .settings = {{"label_smoothing", number_text(smoothing)}}},
            a);
  place.add({.name = "kd",
             .weight = place.weight * soft,
             .settings = {{"temperature", number_text(temperature)}, {"standardise", standardise ? "true" : "false"}}},
            a);
}

void read_kd(Section& a, const LossPlace& place) { add_soft_and_hard(a, place, false); }

void read_standardised_kd(Section& a, const LossPlace& place) {
  a.require_number("eps", 1e-7, 1e-7, "it is added to the deviation");
  add_soft_and_hard(a, place, true);
}

void read_dist(Section& a, const LossPlace& place) {
  require_logits(a, place.student, "student");
  require_logits(a, place.teacher, "teacher");
  a.require_number("eps", 1e-8, 1e-8, "lengths are held at it");
  const Settings settings = {{"beta", number_text(a.number("beta", 1))},
                             {"gamma", number_text(a.number("gamma", 1))},
                             {"temperature", number_text(a.number("tau", 1))}};
  place.add({.name = "dist", .weight = place.weight, .settings = settings}, a);
}

void read_dist_plus(Section& a, const LossPlace& place) {
  require_logits(a, place.student, "student_logit");
  require_logits(a, place.teacher, "teacher_logit");
  a.require_number("eps", 1e-8, 1e-8, "lengths are held at it");
  const Settings settings = {{"beta", number_text(a.number("beta", 1))},
                             {"gamma", number_text(a.number("gamma", 1))},
                             {"iota", number_text(a.number("iota", 1))},
                             {"kappa", number_text(a.number("kappa", 1))},
                             {"temperature", number_text(a.number("tau", 1))}};
  place.add(
      {.name = "dist_plus",
       .weight = place.weight,
       .settings = settings,
       .student_taps = {tap_argument(a, place.student, "student_feature_module_path", "student_feature_module_io")},
       .teacher_taps = {tap_argument(a, place.teacher, "teacher_feature_module_path", "teacher_feature_module_io")}},
      a);
}

/// Both parts are one term here, which a recipe weighs inside.
void add_skd(Section& a, const LossPlace& place, const std::string& part, const std::string& setting, double value) {
  auto& loss = *place.loss;
  auto there = std::find_if(loss.begin(), loss.end(), [](const TermWords& term) { return term.name == "skd"; });
  if (there == loss.end()) {
    loss.push_back(
        {.name = "skd",
         .weight = 1,
         .settings = {{"instance_weight", "0"}, {"direction_weight", "0"}, {"temperature", "4"}, {"tikhonov", "0.1"}},
         .line = a.line()});
    there = loss.end() - 1;
  }
  for (auto& [key, text] : there->settings) {
    if (key == part && text != "0") a.fault("", "the same loss stands twice; add its weights");
    if (key == part) text = number_text(place.weight);
    if (key == setting) text = number_text(value);
  }
}

void read_skd_instance(Section& a, const LossPlace& place) {
  require_logits(a, place.student, "student");
  require_logits(a, place.teacher, "teacher");
  add_skd(a, place, "instance_weight", "temperature", a.number("temperature", 4));
}

void read_skd_direction(Section& a, const LossPlace& place) {
  require_logits(a, place.student, "student");
  require_logits(a, place.teacher, "teacher");
  add_skd(a, place, "direction_weight", "tikhonov", a.number("tikhonov", 0.1));
}

const std::map<std::string, std::function<void(Section&, const LossPlace&)>>& logit_readers() {
  static const std::map<std::string, std::function<void(Section&, const LossPlace&)>> readers = {
      {"KDLoss", read_kd},
      {"LogitStdKDLoss", read_standardised_kd},
      {"DISTLoss", read_dist},
      {"DISTPlusLoss", read_dist_plus},
      {"SKDInstanceLoss", read_skd_instance},
      {"SKDDirectionLoss", read_skd_direction}};
  return readers;
}
}  // namespace

bool read_logit_loss(const std::string& key, Section& arguments, const LossPlace& place) {
  const auto found = logit_readers().find(key);
  if (found != logit_readers().end()) found->second(arguments, place);
  return found != logit_readers().end();
}

std::vector<std::string> logit_losses() {
  std::vector<std::string> names;
  for (const auto& [name, reader] : logit_readers()) names.push_back(name);
  return names;
}

}  // namespace retort::torchdistill
