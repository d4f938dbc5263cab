#include "distil/model/torchdistill/optimiser_words.h"

#include <fmt/core.h>

#include "core/text.h"

namespace retort::torchdistill {

namespace {
void read_betas(Section& arguments, double default_epsilon, Settings& settings) {
  const auto betas = arguments.find("betas") ? arguments.numbers("betas") : std::vector<double>{0.9, 0.999};
  if (betas.size() == 2) {
    settings.emplace_back("beta1", number_text(betas[0]));
    settings.emplace_back("beta2", number_text(betas[1]));
  } else {
    arguments.fault("betas", "two numbers are expected");
  }
  settings.emplace_back("epsilon", number_text(arguments.number("eps", default_epsilon)));
  arguments.require_flag("amsgrad", false, false, "the largest squared gradient isn't kept");
}

void read_sgd(Section& arguments, Settings& settings) {
  settings.emplace_back("momentum", number_text(arguments.number("momentum", 0)));
  settings.emplace_back("nesterov", arguments.flag("nesterov", false) ? "true" : "false");
  arguments.require_number("dampening", 0, 0, "the gradient enters the momentum whole");
}

/// Every listed module trains at its own rate; the others are not given to the optimiser, so they stay as they are.
void read_module_rates(Section& optimiser, const StageModel& student, double learning_rate, Settings& settings) {
  const Value* list = optimiser.find("module_wise_configs");
  if (!list) return;
  if (list->kind != Value::Kind::list) return optimiser.fault("module_wise_configs", "a list is expected");
  std::vector<std::string> parts;
  bool whole = false;
  for (size_t i = 0; i < list->items.size(); ++i) {
    Section config(list->items[i], fmt::format("{}.{}", optimiser.path_of("module_wise_configs"), i),
                   optimiser.notes());
    const auto module_path = config.required_text("module");
    config.require_flag("is_teacher", false, false, "the teacher isn't trained");
    auto arguments = config.section("kwargs");
    const double rate = arguments.number("lr", learning_rate);
    arguments.finish();
    config.finish();
    const auto tap = hooked_tap(student, module_path, "output", config.line(), config.path(), config.notes());
    whole = whole || tap == ".";
    const auto name = tap == "." ? std::string("student") : "student." + tap;
    if (learning_rate > 0) parts.push_back(fmt::format("'{}:{}'", name, number_text(rate / learning_rate)));
  }
  if (learning_rate <= 0) return optimiser.fault("module_wise_configs", "needs a rate kwargs.lr above 0");
  if (!whole) parts.insert(parts.begin(), "'student:0'");
  settings.emplace_back("parts", "[" + join(parts, ", ") + "]");
}

Settings constant_rate() { return {{"kind", "constant"}}; }

Settings multi_step(const std::vector<int64_t>& milestones, double gamma) {
  std::vector<std::string> words;
  for (const int64_t milestone : milestones) words.push_back(std::to_string(milestone));
  return {{"kind", "multi_step"}, {"milestones", "[" + join(words, ", ") + "]"}, {"gamma", number_text(gamma)}};
}

Settings read_multi_step(Section& arguments) {
  std::vector<int64_t> milestones;
  for (const double milestone : arguments.numbers("milestones")) {
    if (milestone < 0 || milestone > 1e6 || milestone != double(int64_t(milestone)) ||
        (!milestones.empty() && int64_t(milestone) < milestones.back())) {
      arguments.fault("milestones", "rising whole numbers of epochs are expected");
      break;
    }
    milestones.push_back(int64_t(milestone));
  }
  return multi_step(milestones, arguments.number("gamma", 0.1));
}

Settings read_steps(Section& arguments, int64_t epochs) {
  constexpr int64_t most_steps = 1000;
  const int64_t step = arguments.integer("step_size", 0);
  std::vector<int64_t> milestones;
  if (step < 1 || epochs / step > most_steps) {
    arguments.fault("step_size", fmt::format("a number of epochs is expected that gives at most {} steps", most_steps));
  } else {
    for (int64_t epoch = step; epoch < epochs; epoch += step) milestones.push_back(epoch);
  }
  return multi_step(milestones, arguments.number("gamma", 0.1));
}

Settings read_cosine(Section& arguments, int64_t epochs, double learning_rate) {
  if (arguments.integer("T_max", 0) != epochs) {
    arguments.fault("T_max", fmt::format("only a half wave over the whole stage has a counterpart: {}", epochs));
  }
  const double least = arguments.number("eta_min", 0);
  if (least != 0 && !(learning_rate > 0 && least >= 0 && least <= learning_rate)) {
    arguments.fault("eta_min", "must be within 0 and the optimiser's rate");
    return constant_rate();
  }
  return {{"kind", "cosine"}, {"final_factor", number_text(least == 0 ? 0 : least / learning_rate)}};
}

Settings read_polynomial(Section& arguments, int64_t epochs, int64_t every) {
  if (every != 1)
    arguments.notes().fault(arguments.line(), arguments.path(),
                            "needs scheduling_step: 1; the rate falls with every update");
  if (arguments.integer("num_epochs", 0) != epochs) {
    arguments.fault("num_epochs", fmt::format("only the whole stage has a counterpart: {}", epochs));
  }
  arguments.leave_out("num_iterations", "the data set and the batch size say how many batches an epoch has");
  return {{"kind", "polynomial"}, {"power", number_text(arguments.number("power", 0.9))}};
}
void refuse_scheduler(Section& scheduler, const std::string& key) {
  if (key.empty()) return;
  if (key == "OneCycleLR") {
    return scheduler.fault(
        "key",
        "torch's OneCycleLR rises by a cosine from max_lr / 25 and turns the momentum, retort's rises "
        "linearly from 0: leave it out and write `schedule: {kind: one_cycle}` in the recipe");
  }
  scheduler.fault("key",
                  fmt::format("scheduler '{}' has no counterpart{}", key,
                              did_you_mean(key, {"MultiStepLR", "StepLR", "CosineAnnealingLR", "poly_lr_scheduler"})));
}
}  // namespace

std::string number_text(double number) { return fmt::format("{}", number); }

OptimiserWords read_optimiser(Section optimiser, const StageModel& student) {
  OptimiserWords words;
  const auto key = optimiser.required_text("key");
  auto arguments = optimiser.section("kwargs");
  const bool is_adam = key == "Adam", is_adamw = key == "AdamW", is_lamb = key == "LAMB" || key == "Lamb";
  words.learning_rate = arguments.number("lr", 1e-3);
  words.settings = {{"kind", is_adam    ? "adam"
                             : is_adamw ? "adamw"
                             : is_lamb  ? "lamb"
                                        : "sgd"},
                    {"learning_rate", number_text(words.learning_rate)},
                    {"weight_decay", number_text(arguments.number("weight_decay", is_adamw ? 1e-2 : 0))},
                    {"decay_vectors", "true"}};
  if (key == "SGD") {
    read_sgd(arguments, words.settings);
  } else if (is_adam || is_adamw || is_lamb) {
    read_betas(arguments, is_lamb ? 1e-6 : 1e-8, words.settings);
  } else if (!key.empty()) {
    optimiser.fault("key", fmt::format("optimiser '{}' has no counterpart{}; SGD, Adam, AdamW and LAMB have", key,
                                       did_you_mean(key, {"SGD", "Adam", "AdamW", "LAMB"})));
  }
  arguments.require_flag("maximize", false, false, "losses are minimised");
  for (const char* speed_only : {"foreach", "fused", "capturable", "differentiable"}) arguments.find(speed_only);
  if (key == "SGD" || is_adam || is_adamw || is_lamb) arguments.finish();
  optimiser.flag("filters_params", true);
  words.accumulate = optimiser.integer("grad_accum_step", 1);
  if (words.accumulate < 1) optimiser.fault("grad_accum_step", "must be at least 1");
  words.settings.emplace_back("max_gradient_norm", number_text(optimiser.number("max_grad_norm", 0)));
  read_module_rates(optimiser, student, words.learning_rate, words.settings);
  optimiser.finish();
  return words;
}

Settings read_scheduler(Section scheduler, int64_t epochs, double learning_rate) {
  if (scheduler.value().entries.empty()) return constant_rate();
  const auto key = scheduler.required_text("key");
  const auto every = scheduler.integer("scheduling_step", 0);
  auto arguments = scheduler.section("kwargs");
  if (arguments.integer("last_epoch", -1) != -1) arguments.fault("last_epoch", "schedules begin at their beginning");
  arguments.find("verbose");
  if (every != 0 && key != "poly_lr_scheduler") {
    scheduler.fault("scheduling_step", "0, once an epoch, has a counterpart");
  }
  scheduler.finish();
  Settings settings;
  if (key == "poly_lr_scheduler") {
    settings = read_polynomial(arguments, epochs, every);
  } else if (key == "MultiStepLR") {
    settings = read_multi_step(arguments);
  } else if (key == "StepLR") {
    settings = read_steps(arguments, epochs);
  } else if (key == "CosineAnnealingLR") {
    settings = read_cosine(arguments, epochs, learning_rate);
  } else {
    refuse_scheduler(scheduler, key);
    return constant_rate();
  }
  arguments.finish();
  return settings;
}

}  // namespace retort::torchdistill
