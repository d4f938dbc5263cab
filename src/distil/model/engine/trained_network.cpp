#include "distil/model/engine/trained_network.h"

#include <ATen/ATen.h>

#include "distil/model/engine/network_choice.h"
#include "run/product.h"
#include "weights/store.h"

namespace retort::model {

namespace {
/// Outputs of the last layer of the weights; 0 where they have no such layer.
int64_t outputs_of_last_layer(const nn::Weights& weights, const nn::Network& network) {
  auto last = weights.find(network.classifier + ".weight");
  if (!last.defined())  // several heads side by side: the layer that is asked for last
    last = weights.find(nn::create_weights(network, RandomTree(0)).parameter_order.back());
  return last.defined() && last.dim() > 0 ? last.size(0) : 0;
}
}  // namespace

std::filesystem::path locate_model_weights(const std::string& place) {
  if (!run::is_product_reference(place)) return weights::locate_weights(place);
  return run::resolve_product(place.find('#') == std::string::npos ? place + "#weights" : place, "runs");
}

nn::Weights load_model_weights(const nn::Network& network, const std::string& place) {
  return nn::load_network_weights(network, locate_model_weights(place));
}

TrainedNetwork open_trained_network(const Registries& registries, const std::string& network, const std::string& place,
                                    const std::vector<int64_t>& picture) {
  const auto any = make_network(registries, network, 10);
  const auto given = nn::without_wrappers(nn::load_weights(locate_model_weights(place)));
  int64_t classes = outputs_of_last_layer(given, *any) / any->outputs_per_class;
  if (classes == 0) classes = any->classes;  // no such network's weights: matching them says what is missing

  const auto with_channels = [&](int64_t channels) {
    auto size = picture;
    size[0] = channels;
    return network_for(registries, network, classes, size);
  };
  if (picture[0] == 0) {
    const auto grey = with_channels(1);
    const auto wanted = nn::create_weights(*grey, RandomTree(0));
    if (nn::compare_weights(given, wanted).none()) return {grey, nn::matched_weights(given, wanted)};
  }
  const auto made = with_channels(picture[0] == 0 ? 3 : picture[0]);
  return {made, nn::matched_weights(given, nn::create_weights(*made, RandomTree(0)))};
}

nn::Weights load_body_weights(const Registries& registries, const nn::Network& network, const nn::Weights& fresh,
                              const std::string& place) {
  const auto given = open_trained_network(registries, network.name, place, network.image);
  const auto head = network.classifier + ".";
  auto weights = nn::copy_of(given.weights);
  for (auto& [name, tensor] : weights.parameters)
    if (name.starts_with(head)) tensor = fresh.parameters.at(name).clone();
  // Matched once more: networks of several heads have classes in other layers too.
  auto matched = nn::matched_weights(std::move(weights), fresh);
  matched.origin = given.weights.origin;
  return matched;
}

}  // namespace retort::model
