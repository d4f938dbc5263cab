#include "distil/model/engine/network_choice.h"

#include <ATen/ATen.h>

#include <optional>

#include "distil/model/engine/dual_head.h"

namespace retort::model {

std::vector<int64_t> picture_size(data::Loader& loader) {
  const auto size = loader.next().image().sizes().slice(1).vec();
  loader.seek({});
  return size;
}

namespace {
/// What stands between "WORD(" and the last ")"; nothing where the name is none such.
std::optional<std::string> argument_of(const std::string& name, const std::string& word) {
  if (!name.starts_with(word + "(") || !name.ends_with(")")) return {};
  return name.substr(word.size() + 1, name.size() - word.size() - 2);
}
}  // namespace

std::shared_ptr<const nn::Network> make_network(const Registries& registries, const std::string& name,
                                                int64_t classes) {
  if (const auto base = argument_of(name, "dual_head"))
    return std::make_shared<const nn::Network>(dual_headed(registries.networks.get(*base).make(classes)));
  return registries.networks.get(name).make(classes);
}

std::shared_ptr<const nn::Network> network_for(const Registries& registries, const std::string& name, int64_t classes,
                                               const std::vector<int64_t>& picture) {
  auto network = *make_network(registries, name, classes);
  network.image = picture;
  return std::make_shared<const nn::Network>(std::move(network));
}

}  // namespace retort::model
