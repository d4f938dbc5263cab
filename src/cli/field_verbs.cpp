#include "cli/verbs.h"

namespace retort::cli {

std::vector<Verb> make_field_verbs() { return {}; }

}  // namespace retort::cli
