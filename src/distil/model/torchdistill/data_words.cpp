#include "distil/model/torchdistill/data_words.h"

#include <fmt/core.h>

#include <map>

#include "core/text.h"
#include "distil/model/torchdistill/object_call.h"
#include "distil/model/torchdistill/transform_words.h"

namespace retort::torchdistill {

namespace {
struct KnownSet {
  const char* name;
  const char* subfolder;  // of torchvision's root
  int64_t classes;
};

const std::map<std::string, KnownSet>& known_sets() {
  static const std::map<std::string, KnownSet> sets = {{"CIFAR10", {"cifar10", "cifar-10-batches-py", 10}},
                                                       {"CIFAR100", {"cifar100", "cifar-100-python", 100}},
                                                       {"MNIST", {"mnist", "MNIST/raw", 10}},
                                                       {"FashionMNIST", {"fashion_mnist", "FashionMNIST/raw", 10}}};
  return sets;
}

/// torchvision expands "~" in a root by itself.
std::string root_of(Section& arguments, const std::string& home) {
  auto root = arguments.required_text("root");
  if (root == "~" || root.starts_with("~/")) root.replace(0, 1, home);
  while (root.size() > 1 && root.ends_with('/')) root.pop_back();
  return root;
}

void read_known_set(const ObjectCall& call, const KnownSet& known, const std::string& home, Notes& notes,
                    DataSetWords& words) {
  const auto all = arguments_of(call, {"root", "train", "transform", "target_transform", "download"}, notes);
  Section arguments(all, call.path, notes);
  words.folder = root_of(arguments, home) + "/" + known.subfolder;
  words.name = fmt::format("{}/{}", known.name, arguments.flag("train", true) ? "train" : "test");
  words.classes = known.classes;
  if (arguments.flag("download", false)) {
    notes.left_out(arguments.line_of("download"), arguments.path_of("download"),
                   "data sets are not fetched: data.path names the folder");
  }
  if (arguments.find("target_transform")) arguments.fault("target_transform", "has no counterpart");
  if (const Value* transform = arguments.find("transform")) {
    words.transforms = transform_words(*transform, arguments.path_of("transform"), notes);
  }
  arguments.finish();
}

/// ROOT/SPLIT/CLASS/picture: the last part of the root is the split.
void read_image_folder(const ObjectCall& call, const std::string& home, Notes& notes, DataSetWords& words) {
  const auto all = arguments_of(call, {"root", "transform", "target_transform"}, notes);
  Section arguments(all, call.path, notes);
  const auto root = root_of(arguments, home);
  const auto slash = root.rfind('/');
  if (slash == std::string::npos || slash == 0) {
    arguments.fault("root", fmt::format("'{}': FOLDER/SPLIT is expected, with pictures in SPLIT/CLASS", root));
  } else {
    words.folder = root.substr(0, slash);
    words.name = "image_folder/" + root.substr(slash + 1);
  }
  for (const char* key : {"target_transform", "loader", "is_valid_file"}) {
    if (arguments.find(key)) arguments.fault(key, "has no counterpart");
  }
  if (const Value* transform = arguments.find("transform")) {
    words.transforms = transform_words(*transform, arguments.path_of("transform"), notes);
  }
  arguments.finish();
}

/// "random", "sequential", or "" where none is named.
std::string sampler_of(Section& loader) {
  auto sampler = loader.section("sampler");
  const Value* type = sampler.find("class_or_func");
  const auto name = type ? attribute_name(*type) : "";
  auto arguments = sampler.section("kwargs");
  arguments.require_flag("replacement", false, false, "an epoch sees each sample once");
  if (arguments.find("num_samples")) arguments.fault("num_samples", "an epoch sees each sample once");
  arguments.finish();
  sampler.finish();
  if (!type) return "";
  if (name == "RandomSampler") return "random";
  if (name == "SequentialSampler") return "sequential";
  sampler.fault("class_or_func", fmt::format("sampler '{}' has no counterpart{}", name,
                                             did_you_mean(name, {"RandomSampler", "SequentialSampler"})));
  return "";
}

void read_dataset_wrapper(Section& loader, LoaderWords& words) {
  if (!loader.find("dataset_wrapper")) return;
  auto wrapper = loader.section("dataset_wrapper");
  const auto key = wrapper.required_text("key");
  if (wrapper.find("args")) wrapper.fault("args", "give the arguments by their names");
  auto arguments = wrapper.section("kwargs");
  if (key == "CRDDatasetWrapper") {
    words.negatives = arguments.integer("num_negative_samples", 0);
    arguments.require_text("mode", "exact", "exact",
                           "negatives are samples of other classes, and the sample itself is the positive one");
    arguments.require_number("ratio", 1, 1, "all samples of other classes may be drawn");
  } else if (key == "SSKDDatasetWrapper") {
    words.rotations = true;
  } else if (!key.empty()) {
    wrapper.fault("key", fmt::format("data-set wrapper '{}' has no counterpart{}", key,
                                     did_you_mean(key, {"CRDDatasetWrapper", "SSKDDatasetWrapper"})));
    return;
  }
  arguments.finish();
  wrapper.finish();
}
}  // namespace

DataSetWords read_data_set(Section& datasets, const std::string& id, int line, const std::string& path,
                           const std::string& home) {
  auto& notes = datasets.notes();
  DataSetWords words{.line = line};
  const Value* value = datasets.find(id);
  if (!value) {
    std::vector<std::string> ids;
    for (const auto& entry : datasets.value().entries) ids.push_back(entry.key);
    notes.fault(line, path, fmt::format("'{}' is not in the section datasets{}", id, did_you_mean(id, ids)));
    return words;
  }
  const auto call = read_call(*value, datasets.path_of(id), notes);
  if (!call) return words;
  words.line = call->line;
  const bool is_torchvision = call->key.starts_with("torchvision.datasets.");
  if (const auto known = known_sets().find(call->name); is_torchvision && known != known_sets().end()) {
    read_known_set(*call, known->second, home, notes, words);
  } else if (is_torchvision && call->name == "ImageFolder") {
    read_image_folder(*call, home, notes, words);
  } else {
    std::vector<std::string> names = {"ImageFolder"};
    for (const auto& [name, set] : known_sets()) names.push_back(name);
    notes.fault(call->line, call->path,
                fmt::format("data set '{}' has no counterpart{}; torchvision's {} have", call->key,
                            did_you_mean(call->name, names), join(names, ", ")));
  }
  return words;
}

LoaderWords read_loader(Section loader, bool trains) {
  LoaderWords words{.data_set = loader.text("dataset_id"), .line = loader.line(), .path = loader.path()};
  const auto order = sampler_of(loader);
  if (const Value* batches = loader.find("batch_sampler"); batches && !batches->is_null()) {
    loader.fault("batch_sampler", "has no counterpart");
  }
  if (const auto collate = loader.text("collate_fn"); !collate.empty() && collate != "default_collate") {
    loader.fault("collate_fn", fmt::format("'{}' has no counterpart; data.mixing does mixup and cutmix", collate));
  }
  read_dataset_wrapper(loader, words);
  loader.leave_out("cache_output", "`retort cache` stores what a teacher says; see its help");
  loader.flag("requires_supp", true);

  auto arguments = loader.section("kwargs");
  words.batch_size = arguments.integer("batch_size", 1);
  words.workers = arguments.integer("num_workers", 0);
  words.drop_last = arguments.flag("drop_last", false);
  const bool shuffles = arguments.flag("shuffle", false) || order == "random";
  if (words.batch_size < 1) arguments.fault("batch_size", "must be at least 1");
  if (words.workers < 0 || words.workers > 256) arguments.fault("num_workers", "must be within 0 and 256");
  for (const char* key : {"pin_memory", "persistent_workers", "prefetch_factor"}) arguments.find(key);
  arguments.finish();
  if (!trains && words.drop_last) arguments.fault("drop_last", "tests see every picture");
  if (!words.data_set.empty() && trains != shuffles) {
    loader.notes().fault(loader.line(), loader.path() + ".sampler",
                         trains ? "training draws in random order: RandomSampler has a counterpart"
                                : "tests keep the order: SequentialSampler has a counterpart");
  }
  loader.finish();
  return words;
}

}  // namespace retort::torchdistill
