#include "distil/model/engine/network_choice.h"

#include <ATen/ATen.h>

namespace retort::model {

std::vector<int64_t> picture_size(data::Loader& loader) {
  const auto size = loader.next().image().sizes().slice(1).vec();
  loader.seek({});
  return size;
}

std::shared_ptr<const nn::Network> network_for(const Registries& registries, const std::string& name, int64_t classes,
                                               const std::vector<int64_t>& picture) {
  auto network = *registries.networks.get(name).make(classes);
  network.image = picture;
  return std::make_shared<const nn::Network>(std::move(network));
}

}  // namespace retort::model
