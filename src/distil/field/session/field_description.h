// What a page is told of a field when it opens it.
#pragma once

#include <string>

#include "distil/field/session/opened_field.h"

namespace retort::field {

/// GET /api/field/NAME of docs/design/page_protocol.md. `field` is the one that stands now.
std::string field_description(const OpenedField& opened, const GaussianField& field, bool live);

}  // namespace retort::field
