#include "data/soft_labels/header.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/errors.h"
#include "core/text.h"
#include "io/json.h"

namespace retort::data {
namespace {

// Products of these fit 64 bits with room to spare.
constexpr int64_t max_classes = int64_t{1} << 24, max_feature_width = int64_t{1} << 24;
constexpr int64_t max_epochs = int64_t{1} << 20, max_samples = int64_t{1} << 40, max_batch = int64_t{1} << 20;

/// What is out of range, or "".
std::string fault_of(const SoftLabelHeader& h) {
  if (h.classes < 1 || h.classes > max_classes) return fmt::format("{} classes", h.classes);
  if (h.top_k < 1 || h.top_k > h.classes) return fmt::format("the {} largest of {} classes", h.top_k, h.classes);
  if (h.epochs < 1 || h.epochs > max_epochs) return fmt::format("{} epochs", h.epochs);
  if (h.data.samples < 1 || h.data.samples > max_samples) return fmt::format("{} samples", h.data.samples);
  if (h.batch_size < 1 || h.batch_size > max_batch) return fmt::format("batches of {}", h.batch_size);
  if (h.seed < 0) return fmt::format("the seed {}", h.seed);
  if (h.feature.empty() != (h.feature_width == 0) || h.feature_width < 0 || h.feature_width > max_feature_width)
    return fmt::format("the feature '{}' of width {}", h.feature, h.feature_width);
  return "";
}

/// Entries of one JSON object, each asked for once.
class HeaderSection {
 public:
  HeaderSection(const nlohmann::json& json, const std::string& name) : json_(json), name_(name) {
    if (!json.is_object()) user_error("{}: its header is no JSON object", name);
  }

  const nlohmann::json& entry(const char* key) const {
    const auto found = json_.find(key);
    if (found == json_.end()) user_error("{}: its header has no '{}'", name_, key);
    return *found;
  }
  std::string text(const char* key) const {
    const auto& value = entry(key);
    if (!value.is_string()) user_error("{}: '{}' of its header is no text", name_, key);
    return value.get<std::string>();
  }
  int64_t number(const char* key) const {
    const auto& value = entry(key);
    // Beyond 63 bits the library would wrap.
    if (!value.is_number_integer() || (value.is_number_unsigned() && value.get<uint64_t>() > uint64_t(INT64_MAX)))
      user_error("{}: '{}' of its header is no whole number", name_, key);
    return value.get<int64_t>();
  }
  bool truth(const char* key) const {
    const auto& value = entry(key);
    if (!value.is_boolean()) user_error("{}: '{}' of its header is neither true nor false", name_, key);
    return value.get<bool>();
  }
  std::vector<std::string> texts(const char* key) const {
    const auto& value = entry(key);
    const bool fits =
        value.is_array() && std::all_of(value.begin(), value.end(), [](const auto& v) { return v.is_string(); });
    if (!fits) user_error("{}: '{}' of its header is no list of texts", name_, key);
    return value.get<std::vector<std::string>>();
  }
  HeaderSection section(const char* key) const { return {entry(key), name_}; }

 private:
  const nlohmann::json& json_;
  const std::string& name_;
};

SoftLabelFormat format_named(const std::string& word, const std::string& name) {
  const auto names = choices(SoftLabelFormat{});
  const auto found = std::find(names.begin(), names.end(), word);
  if (found == names.end()) user_error("{}: has the format '{}'; this program reads {}", name, word, join(names, ", "));
  return static_cast<SoftLabelFormat>(found - names.begin());
}

}  // namespace

std::string soft_label_header_text(const SoftLabelHeader& h) {
  const nlohmann::ordered_json json = {
      {"data", {{"name", h.data.name}, {"samples", h.data.samples}, {"checksum", h.data.checksum}}},
      {"teacher", {{"network", h.teacher.network}, {"weights", h.teacher.weights}, {"sha256", h.teacher.checksum}}},
      {"transforms", h.transforms},
      {"augmented", h.augmented},
      {"seed", h.seed},
      {"loader", {{"batch_size", h.batch_size}, {"channels_last", h.channels_last}}},
      {"classes", h.classes},
      {"epochs", h.epochs},
      {"top_k", h.top_k},
      {"format", choices(h.format)[static_cast<size_t>(h.format)]},
      {"feature", {{"tap", h.feature}, {"width", h.feature_width}}}};
  // Names of files may be no UTF-8.
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

SoftLabelHeader parse_soft_label_header(std::string_view text, const std::string& name) {
  const auto json = io::parse_json(text, name);
  const HeaderSection all(json, name), data = all.section("data"), teacher = all.section("teacher"),
                                       loader = all.section("loader"), feature = all.section("feature");
  SoftLabelHeader header{
      .data = {.name = data.text("name"), .samples = data.number("samples"), .checksum = data.text("checksum")},
      .teacher = {.network = teacher.text("network"),
                  .weights = teacher.text("weights"),
                  .checksum = teacher.text("sha256")},
      .transforms = all.texts("transforms"),
      .augmented = all.truth("augmented"),
      .seed = all.number("seed"),
      .batch_size = loader.number("batch_size"),
      .channels_last = loader.truth("channels_last"),
      .classes = all.number("classes"),
      .epochs = all.number("epochs"),
      .top_k = all.number("top_k"),
      .format = format_named(all.text("format"), name),
      .feature = feature.text("tap"),
      .feature_width = feature.number("width")};
  if (const auto wrong = fault_of(header); !wrong.empty()) user_error("{}: its header speaks of {}", name, wrong);
  return header;
}

void require_valid(const SoftLabelHeader& header) {
  const auto wrong = fault_of(header);
  RT_CHECK(wrong.empty(), "soft labels: {}", wrong);
}

}  // namespace retort::data
