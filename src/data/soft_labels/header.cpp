#include "data/soft_labels/header.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/errors.h"
#include "io/json.h"
#include "io/json_object.h"

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

SoftLabelFormat format_in(io::JsonObject& header) {
  const auto names = choices(SoftLabelFormat{});
  const auto word = header.choice("format", names);
  return static_cast<SoftLabelFormat>(std::find(names.begin(), names.end(), word) - names.begin());
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
  io::JsonObject all(json, name + ": header"), data = all.object("data"), teacher = all.object("teacher"),
                                               loader = all.object("loader"), feature = all.object("feature");
  SoftLabelHeader header{
      .data = {.name = data.text("name"), .samples = data.integer("samples"), .checksum = data.text("checksum")},
      .teacher = {.network = teacher.text("network"),
                  .weights = teacher.text("weights"),
                  .checksum = teacher.text("sha256")},
      .transforms = all.texts("transforms"),
      .augmented = all.truth("augmented"),
      .seed = all.integer("seed"),
      .batch_size = loader.integer("batch_size"),
      .channels_last = loader.truth("channels_last"),
      .classes = all.integer("classes"),
      .epochs = all.integer("epochs"),
      .top_k = all.integer("top_k"),
      .format = format_in(all),
      .feature = feature.text("tap"),
      .feature_width = feature.integer("width")};
  if (const auto wrong = fault_of(header); !wrong.empty()) user_error("{}: its header speaks of {}", name, wrong);
  return header;
}

void require_valid(const SoftLabelHeader& header) {
  const auto wrong = fault_of(header);
  RT_CHECK(wrong.empty(), "soft labels: {}", wrong);
}

}  // namespace retort::data
