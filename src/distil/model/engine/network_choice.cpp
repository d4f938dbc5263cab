#include "distil/model/engine/network_choice.h"

#include <ATen/ATen.h>

#include <optional>
#include <string_view>

#include "core/errors.h"
#include "core/text.h"
#include "distil/model/engine/dual_head.h"
#include "distil/model/engine/shared_classifier.h"
#include "distil/model/engine/subclass_network.h"

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

/// A number from 1 to 65536 of "NAME,WIDTH,SIDE".
int64_t size_of_argument(const std::string& name, std::string_view text) {
  int64_t value = 0;
  constexpr int64_t largest = 1 << 16;
  if (!parse_integer(text, value) || value < 1 || value > largest)
    user_error("network '{}': '{}' is no whole number from 1 to {}; shared_classifier(resnet20,64) would be right",
               name, text, largest);
  return value;
}

nn::Network shared_classifier_network(const Registries& registries, const std::string& name,
                                      const std::string& arguments, int64_t classes) {
  const auto comma = arguments.find(',');
  if (comma == std::string::npos)
    user_error("network '{}': names no width; shared_classifier(NAME,WIDTH) would be right", name);
  auto sizes = arguments.substr(comma + 1);
  SharedClassifierOptions options;
  if (const auto second = sizes.find(','); second != std::string::npos) {
    options.side = size_of_argument(name, sizes.substr(second + 1));
    sizes.resize(second);
  }
  options.width = size_of_argument(name, sizes);
  return with_shared_classifier(registries.networks.get(arguments.substr(0, comma)).make(classes), options);
}

/// "NAME/5": 5 outputs a class.
nn::Network subclass_network(const Registries& registries, const std::string& name, size_t slash, int64_t classes) {
  constexpr int64_t most_subclasses = 1000;
  int64_t subclasses = 0;
  if (!parse_integer(std::string_view(name).substr(slash + 1), subclasses) || subclasses < 1 ||
      subclasses > most_subclasses)
    user_error("'{}': a number of outputs for each class, from 1 to {}, would be right behind the slash", name,
               most_subclasses);
  return with_subclasses(registries.networks.get(name.substr(0, slash)).make(classes * subclasses), subclasses);
}
}  // namespace

std::shared_ptr<const nn::Network> make_network(const Registries& registries, const std::string& name,
                                                int64_t classes) {
  if (const auto base = argument_of(name, "dual_head"))
    return std::make_shared<const nn::Network>(dual_headed(registries.networks.get(*base).make(classes)));
  if (const auto arguments = argument_of(name, "shared_classifier"))
    return std::make_shared<const nn::Network>(shared_classifier_network(registries, name, *arguments, classes));
  if (const auto slash = name.find('/'); slash != std::string::npos)
    return std::make_shared<const nn::Network>(subclass_network(registries, name, slash, classes));
  return registries.networks.get(name).make(classes);
}

std::shared_ptr<const nn::Network> network_for(const Registries& registries, const std::string& name, int64_t classes,
                                               const std::vector<int64_t>& picture) {
  auto network = *make_network(registries, name, classes);
  network.image = picture;
  return std::make_shared<const nn::Network>(std::move(network));
}

}  // namespace retort::model
