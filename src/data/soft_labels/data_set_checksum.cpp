#include "data/soft_labels/data_set_checksum.h"

#include <fmt/core.h>

#include "io/sha256.h"

namespace retort::data {

std::string data_set_checksum(const Dataset& dataset) {
  io::Sha256 hash;
  // Lengths go first, so that no two lists of texts read alike.
  const auto add = [&](const std::string& text) { hash.update(fmt::format("{}:{}", text.size(), text)); };
  hash.update(fmt::format("{} samples, {} classes\n", dataset.size(), dataset.class_count()));
  for (const auto& name : dataset.class_names()) add(name);
  for (int64_t i = 0; i < dataset.size(); ++i) {
    const auto name = dataset.sample_name(i);
    add(name.substr(name.rfind('/') + 1));
    hash.update(fmt::format("={}\n", dataset.label(i)));
  }
  return hash.hex_digest();
}

}  // namespace retort::data
