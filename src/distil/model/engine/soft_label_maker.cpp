#include "distil/model/engine/soft_label_maker.h"

#include <ATen/ATen.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "core/errors.h"
#include "data/soft_labels/data_set_checksum.h"
#include "distil/model/engine/network_choice.h"
#include "io/sha256.h"

namespace retort::model {

/// What the teacher says of a batch, on the CPU in one piece.
struct SoftLabelMaker::Said {
  at::Tensor logits;   ///< [B,K] float32
  at::Tensor feature;  ///< [B,D] float32; undefined when none is kept
};

namespace {
std::span<const float> row_of_floats(const at::Tensor& rows, int64_t row) {
  if (!rows.defined()) return {};
  const int64_t width = rows.size(1);
  return {rows.const_data_ptr<float>() + row * width, static_cast<size_t>(width)};
}
}  // namespace

SoftLabelMaker::SoftLabelMaker(const Registries& registries, const SoftLabelRequest& request,
                               const std::filesystem::path& file, bool overwrite) {
  auto data = request.data;
  data.augmentation_epochs = 0;
  loader_ = data::make_ordered_train_loader(registries, data, request.seed, request.epochs);
  network_ = network_for(registries, request.network, classes_of(request), picture_size(*loader_));
  if (network_->dense) user_error("soft labels are stored of classes of pictures; '{}' labels pixels", request.network);
  weights_ = nn::load_network_weights(*network_, request.weights);
  describe(registries, request);
  if (std::filesystem::exists(file) && !overwrite) {
    const data::SoftLabelFile there(file);
    if (there.header() == header_) return;
    user_error("{}: holds other soft labels ({} of {}, epochs {}, seed {}); --overwrite replaces them", file.string(),
               there.header().teacher.network, there.header().data.name, there.header().epochs, there.header().seed);
  }
  writer_.emplace(file, header_);
  go_on();
}

int64_t SoftLabelMaker::classes_of(const SoftLabelRequest& request) const {
  const int64_t classes = request.classes > 0 ? request.classes : loader_->dataset().class_count();
  if (classes < 1) user_error("{}: has no classes; --classes says how many the teacher knows", request.data.train);
  return classes;
}

void SoftLabelMaker::describe(const Registries& registries, const SoftLabelRequest& request) {
  const bool augmented = data::make_train_pipeline(registries, request.data).is_random();
  if (!augmented && request.epochs > 1)
    user_error("--epochs {}: the transforms [{}] draw nothing, so that all epochs are alike; 1 would be right",
               request.epochs, fmt::join(request.data.transforms, ", "));
  const auto& set = loader_->dataset();
  header_ = {.data = {.name = request.data.train, .samples = set.size(), .checksum = data::data_set_checksum(set)},
             .teacher = {.network = request.network,
                         .weights = std::filesystem::path(request.weights).filename().string(),
                         .checksum = io::sha256_of_file(request.weights)},
             .transforms = request.data.transforms,
             .augmented = augmented,
             .seed = request.data.augmentation_seed >= 0 ? request.data.augmentation_seed : request.seed,
             .batch_size = request.data.batch_size,
             .channels_last = request.channels_last,
             .classes = classes_of(request),
             .epochs = request.epochs,
             .top_k = request.top_k > 0 ? std::min(request.top_k, classes_of(request)) : classes_of(request),
             .format = request.format,
             .feature = request.feature,
             .feature_width = 0};
  const auto said = ask(loader_->next().image().slice(0, 0, 1));
  loader_->seek({});
  if (said.feature.defined()) header_.feature_width = said.feature.size(1);
}

SoftLabelMaker::Said SoftLabelMaker::ask(const at::Tensor& image) const {
  const at::NoGradGuard no_grad;
  const auto order = header_.channels_last ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous;
  nn::Taps taps(header_.feature.empty() ? std::vector<std::string>{} : std::vector<std::string>{header_.feature});
  nn::GivenSource source(weights_);
  Said said;
  said.logits = network_->forward(nn::Scope(source, &taps), image.contiguous(order)).to(at::kFloat).contiguous();
  if (header_.feature.empty()) return said;
  said.feature = taps.at(header_.feature).to(at::kFloat).contiguous();
  if (said.feature.dim() != 2)
    user_error("--features {}: is {} of a picture of {}; a vector such as '{}' would be right", header_.feature,
               fmt::format("[{}]", fmt::join(said.feature.sizes().slice(1), ",")), network_->name, network_->pooled);
  return said;
}

// A batch that was broken off is asked again as a whole, so that the teacher sees the batches it would have seen.
void SoftLabelMaker::go_on() {
  const int64_t samples = header_.data.samples, found = writer_->records();
  if (found == header_.records()) return;
  const data::LoaderPosition place{.epoch = found / samples, .batch = found % samples / header_.batch_size};
  writer_->keep(place.epoch * samples + place.batch * header_.batch_size);
  loader_->seek(place);
}

bool SoftLabelMaker::step() {
  if (records() == header_.records()) return false;
  const auto batch = loader_->next();
  const auto said = ask(batch.image());
  for (int64_t row = 0; row < batch.size; ++row)
    writer_->add(row_of_floats(said.logits, row), row_of_floats(said.feature, row));
  writer_->flush();
  return true;
}

void SoftLabelMaker::commit() {
  if (writer_) writer_->commit();
}

}  // namespace retort::model
