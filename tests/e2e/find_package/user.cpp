// Uses everything that an installed retort offers by name.
#include <fmt/core.h>

#include "core/registries.h"

int main() {
  retort::Registries registries;
  retort::register_all(registries);
  const auto& method = registries.methods.get("feature-3dgs");
  fmt::print("{} options, {} functions\n", method.options().size(), registries.parity.names().size());
}
