// A whole torchdistill file in the words of a recipe.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "distil/model/torchdistill/data_words.h"
#include "distil/model/torchdistill/loss_words.h"

namespace retort::torchdistill {

struct StageWords {
  std::string name;  ///< "stage1"; "train" where there is but one
  int64_t epochs = 1;
  StageModel student = {}, teacher = {};
  LossWords loss = {};
  OptimiserWords optimiser = {};
  Settings schedule = {};
  int line = 0;
};

struct FileWords {
  NetworkWords teacher = {}, student = {};
  LoaderWords train_loader = {}, test_loader = {};
  DataSetWords train_set = {}, test_set = {};
  std::vector<StageWords> stages = {};  ///< in order; the last is the recipe's own
  int64_t log_every = 1000;
};

/// Reads the whole tree strictly; all faults are in `notes`. `home` stands for "~". The models of the stages point into
/// `words`, which must stay where it is.
void read_file(const Value& file, const std::string& home, Notes& notes, FileWords& words);

}  // namespace retort::torchdistill
