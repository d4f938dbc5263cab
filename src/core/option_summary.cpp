#include "core/option_summary.h"

#include <map>

#include "core/text.h"

namespace retort {

namespace {
bool is_a_section(const OptionDoc& doc) { return doc.type.starts_with("section"); }

/// What a fresh section of those below `path` has: "epochs" -> its entry, "loss.kd.weight" -> its entry ...
std::map<std::string, OptionDoc> fresh_entries(const std::vector<OptionDoc>& docs, const std::string& path) {
  const auto prefix = path + "." + any_name + ".";
  std::map<std::string, OptionDoc> fresh;
  for (const auto& doc : docs) {
    if (doc.path.starts_with(prefix)) fresh[doc.path.substr(prefix.size())] = doc;
  }
  return fresh;
}

/// The keys of the first level, in their order.
std::vector<std::string> keys_of_fresh(const std::vector<OptionDoc>& docs, const std::string& path) {
  const auto prefix = path + "." + any_name + ".";
  std::vector<std::string> keys;
  for (const auto& doc : docs) {
    if (!doc.path.starts_with(prefix)) continue;
    const auto key = doc.path.substr(prefix.size());
    if (key.find('.') == std::string::npos) keys.push_back(key);
  }
  return keys;
}

/// "loss.kd.weight" of "before.hint.loss.kd.weight"; empty for "before.hint" itself.
std::string key_in_section(const std::string& path, size_t prefix_size) {
  const auto dot = path.find('.', prefix_size);
  return dot == std::string::npos ? "" : path.substr(dot + 1);
}

std::vector<OptionDoc> shortened(const std::vector<OptionDoc>& docs, const std::string& path, const std::string& method,
                                 size_t longest) {
  const auto fresh = fresh_entries(docs, path);
  size_t options = 0;
  for (const auto& [key, doc] : fresh) options += !is_a_section(doc);
  if (options <= longest) return docs;
  const auto prefix = path + ".", any = prefix + any_name;
  std::vector<OptionDoc> kept;
  for (auto doc : docs) {
    if (!doc.path.starts_with(prefix)) {
      kept.push_back(std::move(doc));
      continue;
    }
    const auto key = key_in_section(doc.path, prefix.size());
    const bool is_fresh = doc.path == any || doc.path.starts_with(any + ".");
    if (key.empty()) {
      doc.help = is_fresh ? fmt::format("each takes {}; `retort explain {}.{}` prints all of it",
                                        join(keys_of_fresh(docs, path), ", "), method, path)
                          : fmt::format("as {}, but", any);
      kept.push_back(std::move(doc));
    } else if (!is_fresh && !is_a_section(doc)) {
      const auto same = fresh.find(key);
      if (same == fresh.end() || same->second.default_value != doc.default_value) kept.push_back(std::move(doc));
    }
  }
  return kept;
}
}  // namespace

std::vector<OptionDoc> options_in_short(const std::vector<OptionDoc>& docs, const std::string& method, size_t longest) {
  auto shown = docs;
  for (const auto& doc : docs) {
    if (doc.type == "sections") shown = shortened(shown, doc.path, method, longest);
  }
  return shown;
}

}  // namespace retort
