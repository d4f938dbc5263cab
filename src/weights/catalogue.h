// Published weights as facts: where each file is, how long, and its hash. Nothing here touches a network.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "core/named_sections.h"
#include "core/recipe.h"

namespace retort::weights {

struct CatalogueEntry {
  std::string address;  ///< http or https
  int64_t bytes = 0;
  std::string sha256;  ///< 64 lower-case hex digits
  std::string licence;
  std::string purpose;  ///< one line

  void check(Problems& problems) const;
};
void fields(OptionVisitor& v, CatalogueEntry& o);

using Catalogue = Named<CatalogueEntry>;

/// What retort itself can use, at its publishers' addresses.
const Catalogue& shipped_catalogue();

/// Reads a file such as
///
///   weights:
///     vgg16: {address: https://..., bytes: 553433881, sha256: 397923af..., licence: BSD-3-Clause, purpose: ...}
///
/// UserError that lists all its faults.
Catalogue load_catalogue(const std::filesystem::path& file);
Catalogue parse_catalogue(const Recipe& file);

/// UserError with the nearest name when there is none of that name.
const CatalogueEntry& find_weights(const Catalogue& catalogue, const std::string& name);

}  // namespace retort::weights
