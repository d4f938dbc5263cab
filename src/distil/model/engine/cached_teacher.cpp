#include "distil/model/engine/cached_teacher.h"

#include <ATen/ATen.h>
#include <fmt/ranges.h>

#include <limits>
#include <utility>

#include "core/errors.h"
#include "data/soft_labels/data_set_checksum.h"
#include "data/transforms/arguments.h"
#include "distil/model/engine/network_choice.h"
#include "io/sha256.h"

namespace retort::model {

namespace {

std::span<float> row_to_fill(at::Tensor& rows, int64_t row) {
  if (!rows.defined()) return {};
  const int64_t width = rows.size(1);
  return {rows.data_ptr<float>() + row * width, static_cast<size_t>(width)};
}

/// The augmentation epoch of each row.
at::Tensor looks_of(const data::Batch& batch) {
  const auto found = batch.columns.find("augmentation_epoch");
  if (found != batch.columns.end()) return found->second;
  return at::full({batch.sample_index().numel()}, batch.augmentation_epoch, at::kLong);
}

/// The calls that place a picture's content, however they are spaced.
std::vector<std::string> placing_transforms(const std::vector<std::string>& calls) {
  std::vector<std::string> placing;
  for (const auto& text : calls) {
    const auto call = data::parse_transform_call(text);
    if (call.name != "normalise") placing.push_back(fmt::format("{}({})", call.name, call.arguments));
  }
  return placing;
}

void require_same_teacher(const data::SoftLabelFile& file, const CachedTeacherOptions& options) {
  const auto& held = file.header().teacher;
  if (!options.network.empty() && options.network != held.network)
    user_error("{}: holds what {} said ({}); the recipe's teacher is {}", file.name(), held.network, held.weights,
               options.network);
  if (!options.weights.empty() && io::sha256_of_file(options.weights) != held.checksum)
    user_error("{}: holds what {} with the weights {} said (SHA-256 {}); those of {} are others", file.name(),
               held.network, held.weights, held.checksum, options.weights);
}

void require_same_pictures(const data::SoftLabelFile& file, const data::DataOptions& data, int64_t train_seed,
                           bool drawn) {
  const auto& held = file.header();
  if (!held.augmented && !drawn) return;
  const auto wanted = fmt::format("[{}]", fmt::join(data.transforms, ", "));
  if (held.augmented != drawn || placing_transforms(held.transforms) != placing_transforms(data.transforms))
    user_error(
        "{}: holds soft labels of pictures changed by [{}]; the recipe changes them by {}; make the file with the "
        "recipe's data.transforms",
        file.name(), fmt::join(held.transforms, ", "), wanted);
  const int64_t seed = data.augmentation_seed >= 0 ? data.augmentation_seed : train_seed;
  if (held.seed != seed)
    user_error(
        "{}: holds soft labels of pictures changed by the seed {}; the recipe's is {}; leave "
        "data.augmentation_seed at -1, or make the file with that seed",
        file.name(), held.seed, seed);
  if (data.augmentation_epochs < 1 || data.augmentation_epochs > held.epochs)
    user_error(
        "{}: holds {} epochs of changed pictures; data.augmentation_epochs is {}; 0 (as many as are stored) or at "
        "most {} would be right",
        file.name(), held.epochs, data.augmentation_epochs, held.epochs);
}

}  // namespace

void require_labels_of(const data::SoftLabelFile& file, const data::DataOptions& data, const data::Dataset& set) {
  const auto& held = file.header().data;
  // Splits of a folder may agree in everything else.
  if (held.name != data.train)
    user_error("{}: holds soft labels of {}; the recipe trains on {}", file.name(), held.name, data.train);
  if (held.samples != set.size())
    user_error("{}: holds soft labels of {} samples of {}; the recipe trains on {}", file.name(), held.samples,
               held.name, set.size());
  if (file.header().classes != set.class_count())
    user_error("{}: holds {} classes of {}; the recipe's has {}", file.name(), file.header().classes, held.name,
               set.class_count());
  if (held.checksum != data::data_set_checksum(set))
    user_error("{}: holds soft labels of {} with other samples or labels than the recipe's, or in another order",
               file.name(), held.name);
}

CachedTeacher::CachedTeacher(data::SoftLabelFile file, std::shared_ptr<const nn::Network> network,
                             std::optional<data::AdaptationOptions> adaptation)
    : file_(std::move(file)), network_(std::move(network)), adaptation_(std::move(adaptation)) {}

std::string CachedTeacher::name() const {
  const auto& teacher = header().teacher;
  return fmt::format("{} of {}, as stored in {}", teacher.network, teacher.weights, file_.name());
}

int64_t CachedTeacher::stored_epoch(int64_t augmentation_epoch) const {
  const int64_t stored = header().epochs;
  if (!header().augmented) return augmentation_epoch % stored;
  if (augmentation_epoch >= stored)
    user_error(
        "{}: holds {} epochs of changed pictures; epoch {} changes them anew; data.augmentation_epochs: {} would "
        "be right",
        file_.name(), stored, augmentation_epoch, stored);
  return augmentation_epoch;
}

at::Tensor CachedTeacher::adapted(const at::Tensor& logits, const at::Tensor& labels) const {
  const auto stored = at::softmax(logits, 1);
  const auto adapted = data::adapted_labels(stored, labels, *adaptation_).labels;
  // What was not touched keeps its bits; a label without smoothing keeps finite logarithms.
  const auto touched = adapted.ne(stored).any(1, true);
  return at::where(touched, adapted.clamp_min(std::numeric_limits<float>::min()).log(), logits);
}

at::Tensor CachedTeacher::look(const TeacherBatch& seen, nn::Taps& taps) {
  const at::NoGradGuard no_grad;
  const auto& held = header();
  const auto index = seen.batch.sample_index().contiguous();
  const int64_t rows = index.numel();
  const auto looks = looks_of(seen.batch).contiguous();
  auto logits = at::empty({rows, held.classes}, at::kFloat);
  at::Tensor feature;
  if (!held.feature.empty() && taps.wants(held.feature)) feature = at::empty({rows, held.feature_width}, at::kFloat);
  for (int64_t row = 0; row < rows; ++row)
    file_.read(stored_epoch(looks.const_data_ptr<int64_t>()[row]), index.const_data_ptr<int64_t>()[row],
               row_to_fill(logits, row), row_to_fill(feature, row));
  if (feature.defined()) taps.offer(held.feature, feature);
  if (!taps.complete())
    user_error(
        "{}: holds logits and {}; a term of the loss wants further activations of the teacher; give it "
        "teacher.network and teacher.weights instead",
        file_.name(), held.feature.empty() ? "no feature" : fmt::format("the feature '{}' only", held.feature));
  return adaptation_ ? adapted(logits, seen.batch.target()) : logits;
}

void replay_augmentation(data::DataOptions& data, const std::string& file) {
  const data::SoftLabelFile held(file);
  if (!held.header().augmented) return;
  if (data.augmentation_epochs == 0) data.augmentation_epochs = held.header().epochs;
  if (data.augmentation_seed < 0) data.augmentation_seed = held.header().seed;
}

std::unique_ptr<CachedTeacher> make_cached_teacher(const Registries& registries, const CachedTeacherOptions& options,
                                                   const data::DataOptions& data, int64_t train_seed,
                                                   const data::Dataset& set) {
  data::SoftLabelFile file(options.file);
  require_labels_of(file, data, set);
  require_same_teacher(file, options);
  require_same_pictures(file, data, train_seed, data::make_train_pipeline(registries, data).is_random());
  std::shared_ptr<const nn::Network> network;
  if (!file.header().feature.empty())
    network = make_network(registries, file.header().teacher.network, file.header().classes);
  return std::make_unique<CachedTeacher>(std::move(file), std::move(network), options.adaptation);
}

}  // namespace retort::model
