#include "distil/model/engine/network_choice.h"

#include <ATen/ATen.h>

#include <string_view>

#include "core/errors.h"
#include "core/text.h"
#include "distil/model/engine/subclass_network.h"

namespace retort::model {

std::vector<int64_t> picture_size(data::Loader& loader) {
  const auto size = loader.next().image().sizes().slice(1).vec();
  loader.seek({});
  return size;
}

std::shared_ptr<const nn::Network> make_network(const Registries& registries, const std::string& name,
                                                int64_t classes) {
  const auto slash = name.find('/');
  if (slash == std::string::npos) return registries.networks.get(name).make(classes);
  constexpr int64_t most_subclasses = 1000;
  int64_t subclasses = 0;
  if (!parse_integer(std::string_view(name).substr(slash + 1), subclasses) || subclasses < 1 ||
      subclasses > most_subclasses)
    user_error("'{}': a number of outputs for each class, from 1 to {}, would be right behind the slash", name,
               most_subclasses);
  const auto wide = registries.networks.get(name.substr(0, slash)).make(classes * subclasses);
  return std::make_shared<const nn::Network>(with_subclasses(wide, subclasses));
}

std::shared_ptr<const nn::Network> network_for(const Registries& registries, const std::string& name, int64_t classes,
                                               const std::vector<int64_t>& picture) {
  auto network = *make_network(registries, name, classes);
  network.image = picture;
  return std::make_shared<const nn::Network>(std::move(network));
}

}  // namespace retort::model
