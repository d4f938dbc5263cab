#include "distil/model/engine/class_prototypes.h"

#include <ATen/ATen.h>

#include "core/errors.h"
#include "distil/model/engine/network_choice.h"
#include "distil/model/engine/trained_network.h"
#include "losses/distillation/maps.h"

namespace retort::model {

namespace {
/// The training set in order, once, without what draws.
std::unique_ptr<data::Loader> training_pictures(const Registries& registries, data::DataOptions data) {
  data.test = data.train;
  data.test_samples = data.train_samples;
  return data::make_test_loader(registries, data);
}
}  // namespace

at::Tensor class_prototypes(const Registries& registries, const PrototypeRequest& request) {
  const at::NoGradGuard no_grad;
  const auto loader = training_pictures(registries, request.data);
  const auto& set = loader->dataset();
  if (set.task() != data::Task::classification)
    user_error("{}: its pictures have no classes, which prototypes are the means of", request.data.train);
  const auto network = network_for(registries, request.network, set.class_count(), picture_size(*loader));
  const auto weights = load_model_weights(*network, request.weights);
  at::Tensor sums;
  auto counts = at::zeros({set.class_count()});
  for (int64_t number = 0; number < loader->batches_per_epoch(); ++number) {
    const auto batch = loader->next();
    nn::Taps taps({network->pooled});
    nn::GivenSource source(weights);
    taps.run_until_complete([&] { network->forward(nn::Scope(source, &taps), batch.image()); });
    const auto features = losses::unit_or_zero(taps.at(network->pooled));
    if (!sums.defined()) sums = at::zeros({set.class_count(), features.size(1)});
    sums.index_add_(0, batch.target(), features);
    counts.index_add_(0, batch.target(), at::ones({batch.size}));
  }
  const auto empty = counts.eq(0).nonzero();
  if (empty.numel() > 0)
    user_error("{}: has no picture of '{}', whose prototype would be nothing", request.data.train,
               set.class_names()[static_cast<size_t>(empty[0].item<int64_t>())]);
  return sums / counts.unsqueeze(1);
}

}  // namespace retort::model
