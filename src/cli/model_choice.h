// Which classifier a verb works with: that of a run, or a published checkpoint. What `eval`, `predict` and `export`
// share.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "cli/verb.h"
#include "distil/model/engine/known_data.h"
#include "distil/model/engine/model_options.h"
#include "distil/model/engine/trained_network.h"

namespace CLI {
class App;
}

namespace retort::cli {

/// As the command line has it.
struct ModelChoice {
  std::string run;  ///< folder of a run, or run:NAME#PRODUCT
  std::string network, weights, data, path;
  std::vector<std::string> transforms;
};

/// Declares --network, --weights, --data, --path and --transforms; RUN is the verb's own to declare.
void add_model_options(CLI::App& parser, ModelChoice& choice);

/// Whether a word names a run, not a file or folder of another kind.
bool names_a_run(const std::string& word);

struct ChosenModel {
  model::ModelOptions options;       ///< the run's, changed by the command line; student.weights is what is looked at
  std::filesystem::path run_folder;  ///< empty for published checkpoints
  bool data_is_given = false;        ///< --data named the data set
};

/// `verb` leads the messages. UserError when neither a run nor a network with weights is named, the run is not
/// finished, is of another family, or its weights have changed since.
ChosenModel choose_model(const ModelChoice& choice, const std::string& verb);

/// Network and weights of the choice with what is known of its data: names and sizes from the data set where that is
/// here, else names from what the run recorded, else numbers. `class_names`: those that the user gave, if any.
/// UserError when the number of names is not that of the network's classes.
struct OpenModel {
  model::TrainedNetwork trained;
  model::KnownData data;
};
OpenModel open_model(const ChosenModel& chosen, const std::vector<std::string>& class_names, Invocation& invocation);

}  // namespace retort::cli
