#include "distil/model/torchdistill/file_words.h"

#include <fmt/core.h>

#include <algorithm>

#include "core/text.h"

namespace retort::torchdistill {

namespace {
/// Default callbacks; others are code.
void read_callbacks(Section& stage) {
  const std::vector<std::string> defaults = {"default_pre_epoch_process_with_teacher",
                                             "default_pre_epoch_process_without_teacher",
                                             "default_pre_forward_process",
                                             "default_post_forward_process",
                                             "default_post_epoch_process_with_teacher",
                                             "default_post_epoch_process_without_teacher"};
  for (const char* key : {"pre_epoch_process", "pre_forward_process", "post_forward_process", "post_epoch_process"}) {
    const auto name = stage.text(key);
    if (!name.empty() && std::find(defaults.begin(), defaults.end(), name) == defaults.end()) {
      stage.fault(key, fmt::format("callback '{}' has no counterpart{}", name, did_you_mean(name, defaults)));
    }
  }
}

struct StageReader {
  FileWords& words;
  Notes& notes;
  bool has_train_loader = false, has_val_loader = false;
  LoaderWords val_loader = {};

  /// Loaders of later stages must say what that of the first does: a recipe has one section `data`.
  void read_loaders(Section& stage) {
    if (stage.find("train_data_loader")) {
      const auto loader = read_loader(stage.section("train_data_loader"), true);
      const auto& first = words.train_loader;
      const bool same = (loader.data_set.empty() || loader.data_set == first.data_set) &&
                        loader.batch_size == first.batch_size && loader.drop_last == first.drop_last;
      if (has_train_loader && !same) {
        notes.fault(loader.line, loader.path, "all stages train on the same data in batches of the same size");
      }
      const auto negatives = std::max(loader.negatives, first.negatives);
      const bool rotations = loader.rotations || first.rotations;
      if (!has_train_loader) words.train_loader = loader;
      words.train_loader.negatives = negatives;
      words.train_loader.rotations = rotations;
      has_train_loader = true;
    }
    if (stage.find("val_data_loader")) {
      val_loader = read_loader(stage.section("val_data_loader"), false);
      has_val_loader = true;
    }
  }

  StageModel read_model(Section section, bool is_teacher, const StageWords* before) {
    auto model = read_stage_model(section, is_teacher ? words.teacher : words.student, is_teacher);
    const auto* kept = before == nullptr ? nullptr : is_teacher ? &before->teacher : &before->student;
    return model.is_given || kept == nullptr ? model : *kept;
  }

  void check(const StageWords& stage, bool is_last) {
    if (stage.teacher.trains && !words.teacher.name.empty()) {
      notes.fault(stage.teacher.line, stage.teacher.path,
                  "a teacher that is trained has no counterpart; `requires_grad: False`, or its root among the "
                  "frozen_modules, keeps it as it is");
    }
    if (is_last && !stage.student.trains) {
      notes.fault(stage.student.line, stage.student.path, "the last stage must train the student");
    }
    if (stage.optimiser.accumulate != words.stages.front().optimiser.accumulate) {
      notes.fault(stage.line, stage.name, "all stages accumulate over equally many batches (grad_accum_step)");
    }
    for (const auto& term : stage.loss) {
      if (term.name != "ce" && words.teacher.name.empty()) {
        notes.fault(term.line, stage.name, fmt::format("the term {} needs a teacher", term.name));
      }
      if (term.name == "reviewkd" && term.student_taps.back() != "avgpool") {
        notes.fault(term.line, stage.name, "knowledge review goes from the first layer to avgpool");
      }
    }
    if (stage.loss.empty()) notes.fault(stage.line, stage.name, "no loss has a weight");
  }

  void read(Section stage, const std::string& name) {
    StageWords result{.name = name, .line = stage.line()};
    const auto* before = words.stages.empty() ? nullptr : &words.stages.back();
    result.epochs = stage.integer("num_epochs", 0);
    if (result.epochs < 1 || result.epochs > 1'000'000) stage.fault("num_epochs", "a number from 1 is expected");
    read_loaders(stage);
    result.teacher = read_model(stage.section("teacher"), true, before);
    result.student = read_model(stage.section(stage.find("model") ? "model" : "student"), false, before);
    if (!result.student.is_given) stage.fault("student", "is missing");
    if (stage.find("optimizer")) {
      result.optimiser = read_optimiser(stage.section("optimizer"), result.student);
    } else {
      stage.fault("optimizer", "is missing: every stage has its own");
    }
    result.schedule = read_scheduler(stage.section("scheduler"), result.epochs, result.optimiser.learning_rate);
    if (stage.find("criterion")) {
      result.loss = read_criterion(stage.section("criterion"), result.student, result.teacher,
                                   words.train_loader.negatives, words.train_loader.rotations);
    } else {
      stage.fault("criterion", "is missing");
    }
    read_callbacks(stage);
    stage.finish();
    words.stages.push_back(std::move(result));
  }
};

/// "stage1", "stage2" ... or the one stage that stands in `train` itself.
void read_stages(Section& train, StageReader& reader) {
  constexpr int most_stages = 16;
  if (!train.find("stage1")) {
    reader.read(train, "train");
    return;
  }
  for (int number = 1; number <= most_stages; ++number) {
    const auto name = fmt::format("stage{}", number);
    if (!train.find(name)) break;
    reader.read(train.section(name), name);
  }
  train.finish();
}

void read_models(Section models, FileWords& words) {
  if (models.find("teachers")) models.fault("teachers", "several teachers have no counterpart in this conversion");
  if (models.find("teacher_model")) words.teacher = read_network(models.section("teacher_model"), true);
  words.student = read_network(models.section(models.find("model") ? "model" : "student_model"), false);
  models.finish();
}

void read_sets(Section& datasets, const std::string& home, Notes& notes, FileWords& words) {
  const auto& train = words.train_loader;
  words.train_set = read_data_set(datasets, train.data_set, train.line, train.path, home);
  if (!words.test_loader.data_set.empty()) {
    const auto& test = words.test_loader;
    words.test_set = read_data_set(datasets, test.data_set, test.line, test.path, home);
    if (!words.test_set.folder.empty() && words.test_set.folder != words.train_set.folder) {
      notes.fault(words.test_set.line, datasets.path(),
                  fmt::format("training and test data lie in one folder; these lie in '{}' and '{}'",
                              words.train_set.folder, words.test_set.folder));
    }
  }
  for (const auto& entry : datasets.value().entries) {
    if (entry.key != train.data_set && entry.key != words.test_loader.data_set) {
      notes.left_out(entry.line, datasets.path_of(entry.key), "neither trained on nor tested with");
    }
  }
  for (const auto* network : {&words.teacher, &words.student}) {
    if (network->classes != 0 && words.train_set.classes != 0 && network->classes != words.train_set.classes) {
      notes.fault(
          network->line, "models",
          fmt::format("num_classes {}, but the data set has {} classes", network->classes, words.train_set.classes));
    }
  }
}
}  // namespace

void read_file(const Value& file, const std::string& home, Notes& notes, FileWords& words) {
  Section top(file, "", notes);
  top.leave_out("dependencies", "nothing is imported; known names are translated");
  top.leave_out("private", "`retort predict` writes what a student says");
  auto datasets = top.section("datasets");
  read_models(top.section("models"), words);

  StageReader reader{.words = words, .notes = notes};
  auto train = top.section("train");
  words.log_every = train.integer("log_freq", 1000);
  if (words.log_every < 1) train.fault("log_freq", "must be at least 1");
  read_stages(train, reader);
  for (const auto& stage : words.stages) reader.check(stage, &stage == &words.stages.back());

  auto test = top.section("test");
  const bool is_tested = test.find("test_data_loader") != nullptr;
  words.test_loader = is_tested ? read_loader(test.section("test_data_loader"), false) : reader.val_loader;
  test.find("log_freq");
  test.finish();
  if (is_tested && reader.has_val_loader) {
    // Changes speed only; torchdistill's files test one by one.
    words.test_loader.batch_size = std::max(words.test_loader.batch_size, reader.val_loader.batch_size);
    if (reader.val_loader.data_set != words.test_loader.data_set) {
      notes.left_out(reader.val_loader.line, reader.val_loader.path, "the test set is tested after every epoch");
    }
  }
  if (!reader.has_train_loader) notes.fault(train.line(), "train.train_data_loader", "is missing");
  read_sets(datasets, home, notes, words);
  top.finish();
}

}  // namespace retort::torchdistill
