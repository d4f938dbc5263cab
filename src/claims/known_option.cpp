#include "claims/known_option.h"

#include "core/errors.h"
#include "core/text.h"

namespace retort::claims {

const OptionDoc& known_option(const std::string& path, const std::vector<OptionDoc>& docs, const std::string& where) {
  std::vector<std::string> known;
  for (const auto& doc : docs) {
    if (path == doc.path || (doc.type != "section" && path.starts_with(doc.path + "."))) return doc;
    known.push_back(doc.path);
  }
  user_error("{}: unknown option '{}'{}", where, path, did_you_mean(path, known));
}

}  // namespace retort::claims
