#include "distil/model/engine/weight_export.h"

#include <ATen/ATen.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "core/errors.h"
#include "io/tensor/tensor_io.h"
#include "nn/fold_norms.h"

namespace retort::model {

namespace {
constexpr int64_t check_batch = 8;

at::Tensor noise_for_check(const std::vector<int64_t>& shape, RandomTree random) {
  auto noise = at::empty(shape, at::kFloat);
  auto draws = random.generator();
  float* values = noise.data_ptr<float>();
  for (int64_t i = 0; i < noise.numel(); ++i) values[i] = static_cast<float>(draws.normal());
  return noise;
}

at::Tensor logits_for_check(const nn::Network& network, const nn::Weights& weights, const at::Tensor& images) {
  nn::GivenSource source(weights);
  return network.forward(nn::Scope(source), images);
}
}  // namespace

io::StringMap export_metadata(const TrainedNetwork& model, const ExportFacts& facts) {
  io::StringMap metadata = {{"format", "pt"},
                            {"network", model.network->name},
                            {"classes", std::to_string(model.network->classes)},
                            {"image_size", nlohmann::json(facts.image).dump()},
                            {"folded_norms", facts.folded_norms ? "true" : "false"},
                            {"retort_version", facts.version}};
  const auto replace = nlohmann::json::error_handler_t::replace;  // names of folders may be no UTF-8
  if (!facts.class_names.empty())
    metadata["class_names"] = nlohmann::json(facts.class_names).dump(-1, ' ', false, replace);
  if (facts.normalisation) {
    metadata["mean"] = nlohmann::json(facts.normalisation->mean).dump();
    metadata["std"] = nlohmann::json(facts.normalisation->stddev).dump();
  }
  return metadata;
}

void export_weights(const nn::Weights& weights, const std::filesystem::path& file, const io::StringMap& metadata,
                    bool half) {
  auto tensors = nn::named_tensors(weights);
  for (auto& [name, tensor] : tensors) {
    if (!half || !tensor.is_floating_point()) continue;
    const auto narrow = tensor.to(at::kHalf);
    if (at::isfinite(tensor).all().item<bool>() && !at::isfinite(narrow).all().item<bool>())
      user_error("{}: '{}' holds numbers beyond 65504, which half precision can't; export without --half",
                 weights.origin, name);
    tensor = narrow;
  }
  io::save_safetensors(file, tensors, metadata);
}

TrainedNetwork with_folded_norms(const TrainedNetwork& model) {
  auto folded = nn::fold_norms(*model.network, model.weights);
  return {std::make_shared<const nn::Network>(std::move(folded.network)), std::move(folded.weights)};
}

ExportCheck check_export(const TrainedNetwork& model, const nn::Network& written, const std::filesystem::path& file) {
  const at::NoGradGuard no_grad;
  auto shape = model.network->image;
  shape.insert(shape.begin(), check_batch);
  const auto images = noise_for_check(shape, RandomTree(0).child("export"));
  const auto wanted = logits_for_check(*model.network, model.weights, images);
  const auto got = logits_for_check(written, nn::load_network_weights(written, file), images);
  const ExportCheck check{.largest_difference = (got - wanted).abs().max().item<double>(),
                          .largest_logit = wanted.abs().max().item<double>()};
  if (!std::isfinite(check.largest_difference))
    fault("{}: the network's logits with these weights are not finite", file.string());
  return check;
}

}  // namespace retort::model
