// What the program offers by name. register_all() is generated from the folders' content.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/options.h"
#include "core/registry.h"

namespace retort {

class Recipe;
struct Context;
namespace nn {
struct Network;
}
namespace run {
class Job;
class ParityCall;
}  // namespace run
namespace data {
class Dataset;
class Transform;
struct DatasetPlace;
}  // namespace data

/// A published system: what `retort run` makes a job from, `list` and `explain` print.
struct Method {
  std::string family;         ///< field, model, dataset or generator
  std::string paper;          ///< title and year
  std::string summary;        ///< one line
  std::string equation = {};  ///< what is minimised, as plain text; lines of at most 100 letters
  std::string sources = {};   ///< where equation and defaults come from: paper, repository, file
  std::string page = {};      ///< "docs/....md"; empty: docs/methods/<name>.md
  std::function<std::vector<OptionDoc>()> options = {};
  std::function<std::unique_ptr<run::Job>(const Recipe&, Context&)> make = {};
};

/// One tensor that a parity function takes or gives. Letters in `shape` ("[N,3]") must agree within one call; "..."
/// stands for any further dimensions.
struct ParitySlot {
  std::string name, shape;
  std::string dtype = "f32";  ///< f32 (any floating type), i64, i32, bool, any
  bool optional = false;
};

/// A pure function of a paper, held to stored numbers by `retort parity` (docs/design/parity.md).
struct ParityFunction {
  std::string summary;
  std::string source;                   ///< repository, file, function
  std::vector<ParitySlot> inputs = {};  ///< names without "in/"
  std::vector<ParitySlot> states = {};  ///< names without "state/"; a name ending in '*' admits any with that beginning
  std::vector<std::string> options = {};  ///< keys that retort.params may have
  std::vector<ParitySlot> outputs = {};
  std::function<void(run::ParityCall&)> run = {};
};

/// A data set that opens by name, or a format that opens any folder laid out like that (docs/data.md).
struct DataSetKind {
  std::string task = {};                 ///< classification, segmentation, detection or none
  std::string summary;                   ///< one line
  std::vector<std::string> splits = {};  ///< names after the '/': the usual ones
  bool is_format = false;                ///< has no usual place: a path must be given
  std::string folder = {};               ///< its usual folder's name, where that is not the set's
  std::function<std::shared_ptr<const data::Dataset>(const data::DatasetPlace&)> open = {};
};

/// A change of pictures on their way to a batch (docs/data.md).
struct TransformKind {
  std::string summary;  ///< one line
  std::string source;   ///< paper or definition that the defaults follow
  std::function<std::vector<OptionDoc>()> options;
  std::function<std::unique_ptr<data::Transform>(const std::map<std::string, std::string>& arguments)> make;
};

/// An architecture by name.
struct NetworkEntry {
  std::string summary;
  std::string source;  ///< paper; whose names its weights have
  std::function<std::shared_ptr<const nn::Network>(int64_t classes)> make = {};
};

struct Registries {
  Registry<Method> methods{"method"};
  Registry<NetworkEntry> networks{"network"};
  Registry<ParityFunction> parity{"parity function"};
  Registry<DataSetKind> data_sets{"data set"};
  Registry<TransformKind> transforms{"transform"};
};

void register_all(Registries& registries);

}  // namespace retort
