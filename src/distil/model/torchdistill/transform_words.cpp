#include "distil/model/torchdistill/transform_words.h"

#include <fmt/core.h>

#include <functional>
#include <map>

#include "core/text.h"
#include "distil/model/torchdistill/object_call.h"

namespace retort::torchdistill {

namespace {
std::string joined_numbers(const std::vector<double>& numbers) {
  std::vector<std::string> words;
  for (const double number : numbers) words.push_back(fmt::format("{}", number));
  return join(words, " ");
}

/// A number or a list of two: height and width.
std::vector<int64_t> sides_of(Section& arguments, const std::string& key) {
  const Value* value = arguments.find(key);
  if (!value) {
    arguments.fault(key, "is missing");
    return {0, 0};
  }
  if (const auto side = integer_of(*value)) return {*side};
  std::vector<int64_t> sides;
  for (const auto& item : value->items) {
    if (const auto side = integer_of(item)) sides.push_back(*side);
  }
  if (sides.size() == value->items.size() && (sides.size() == 1 || sides.size() == 2)) return sides;
  arguments.fault(key, fmt::format("'{}' is neither a whole number nor two of them", shown(*value)));
  return {0, 0};
}

int64_t square_side(Section& arguments) {
  const auto sides = sides_of(arguments, "size");
  if (sides.back() != sides.front()) arguments.fault("size", "only squares have a counterpart");
  return sides.front();
}

std::vector<double> pair_of(Section& arguments, const std::string& key, std::vector<double> fallback) {
  if (!arguments.find(key)) return fallback;
  const auto pair = arguments.numbers(key);
  if (pair.size() == 2) return pair;
  arguments.fault(key, "two numbers are expected");
  return fallback;
}

/// InterpolationMode of torchvision; Pillow's bilinear is its default. `antialias` changes tensors only, and pictures
/// are none yet.
std::string filter_of(Section& arguments) {
  arguments.flag("antialias", true);
  const Value* value = arguments.find("interpolation");
  const auto name = value ? attribute_name(*value) : "bilinear";
  if (name == "bilinear" || name == "BILINEAR" || name == "2") return "";
  if (name == "bicubic" || name == "BICUBIC" || name == "3") return ", filter=bicubic";
  arguments.fault("interpolation", fmt::format("'{}' has no counterpart; BILINEAR and BICUBIC have", shown(*value)));
  return "";
}

std::string random_crop(Section& a) {
  const auto side = square_side(a);
  const auto padding = a.integer("padding", 0);
  const auto fill = a.integer("fill", 0);
  a.require_flag("pad_if_needed", false, false, "pictures that are too small are refused");
  a.require_text("padding_mode", "constant", "constant", "the border has one value");
  return fmt::format("random_crop(size={}, padding={}{})", side, padding,
                     fill == 0 ? "" : fmt::format(", fill={}", fill));
}

std::string random_resized_crop(Section& a) {
  const auto side = square_side(a);
  const auto scale = pair_of(a, "scale", {0.08, 1}), ratio = pair_of(a, "ratio", {3.0 / 4, 4.0 / 3});
  return fmt::format("random_resized_crop(size={}, scale_min={}, scale_max={}, ratio_min={}, ratio_max={}{})", side,
                     scale[0], scale[1], ratio[0], ratio[1], filter_of(a));
}

std::string resize(Section& a) {
  const auto sides = sides_of(a, "size");
  if (a.find("max_size")) a.fault("max_size", "has no counterpart");
  const auto width = sides.size() == 2 ? fmt::format(", width={}", sides[1]) : "";
  return fmt::format("resize(size={}{}{})", sides[0], width, filter_of(a));
}

std::string normalise(Section& a) {
  const auto mean = a.numbers("mean"), stddev = a.numbers("std");
  if (mean.empty() || mean.size() != stddev.size()) {
    a.notes().fault(a.line(), a.path(), "mean and std need one number a channel each");
  }
  a.flag("inplace", false);
  return fmt::format("normalise(mean={}, stddev={})", joined_numbers(mean), joined_numbers(stddev));
}

std::string colour_jitter(Section& a) {
  const double brightness = a.number("brightness", 0), contrast = a.number("contrast", 0);
  const double saturation = a.number("saturation", 0), hue = a.number("hue", 0);
  return fmt::format("colour_jitter(brightness={}, contrast={}, saturation={}, hue={})", brightness, contrast,
                     saturation, hue);
}

std::string random_erasing(Section& a) {
  const double probability = a.number("p", 0.5);
  const auto scale = pair_of(a, "scale", {0.02, 0.33}), ratio = pair_of(a, "ratio", {0.3, 3.3});
  const Value* value = a.find("value");
  const bool noise = value && value->text == "random";
  if (value && !noise && number_of(*value) != 0.0) a.fault("value", "0 and 'random' have counterparts");
  a.flag("inplace", false);
  return fmt::format("random_erasing(probability={}, scale_min={}, scale_max={}, ratio_min={}, ratio_max={}, with={})",
                     probability, scale[0], scale[1], ratio[0], ratio[1], noise ? "noise" : "zeros");
}

std::string rand_augment(Section& a) {
  const auto operations = a.integer("num_ops", 2), magnitude = a.integer("magnitude", 9);
  const auto bins = a.integer("num_magnitude_bins", 31);
  if (a.find("interpolation") || a.find("fill"))
    a.notes().fault(a.line(), a.path(), "only the default interpolation and fill have counterparts");
  return fmt::format("rand_augment(operations={}, magnitude={}, bins={})", operations, magnitude, bins);
}

std::string auto_augment(Section& a) {
  const Value* policy = a.find("policy");
  const auto name = policy ? attribute_name(*policy) : "IMAGENET";
  if (a.find("interpolation") || a.find("fill"))
    a.notes().fault(a.line(), a.path(), "only the default interpolation and fill have counterparts");
  if (name == "IMAGENET" || name == "imagenet") return "auto_augment(policy=imagenet)";
  if (name == "CIFAR10" || name == "cifar10") return "auto_augment(policy=cifar10)";
  a.fault("policy", fmt::format("'{}' has no counterpart; IMAGENET and CIFAR10 have", shown(*policy)));
  return "";
}

struct TransformMeaning {
  std::vector<std::string> parameters;  // in torchvision's order
  std::function<std::string(Section&)> word;
};

const std::map<std::string, TransformMeaning>& transform_meanings() {
  static const std::map<std::string, TransformMeaning> meanings = {
      {"RandomCrop", {{"size", "padding", "pad_if_needed", "fill", "padding_mode"}, random_crop}},
      {"RandomHorizontalFlip",
       {{"p"}, [](Section& a) { return fmt::format("flip(probability={})", a.number("p", 0.5)); }}},
      {"RandomResizedCrop", {{"size", "scale", "ratio", "interpolation", "antialias"}, random_resized_crop}},
      {"Resize", {{"size", "interpolation", "max_size", "antialias"}, resize}},
      {"CenterCrop", {{"size"}, [](Section& a) { return fmt::format("centre_crop(size={})", square_side(a)); }}},
      {"ToTensor", {{}, [](Section&) { return std::string(); }}},
      {"Normalize", {{"mean", "std", "inplace"}, normalise}},
      {"ColorJitter", {{"brightness", "contrast", "saturation", "hue"}, colour_jitter}},
      {"RandomErasing", {{"p", "scale", "ratio", "value", "inplace"}, random_erasing}},
      {"RandAugment", {{"num_ops", "magnitude", "num_magnitude_bins", "interpolation", "fill"}, rand_augment}},
      {"AutoAugment", {{"policy", "interpolation", "fill"}, auto_augment}}};
  return meanings;
}

void add_transform(const Value& value, const std::string& path, Notes& notes, std::vector<std::string>& words) {
  const auto call = read_call(value, path, notes);
  if (!call) return;
  const auto found = transform_meanings().find(call->name);
  const bool is_torchvision = call->key.starts_with("torchvision.transforms.");
  if (!is_torchvision || found == transform_meanings().end()) {
    std::vector<std::string> known;
    for (const auto& [name, meaning] : transform_meanings()) known.push_back(name);
    notes.fault(call->line, path,
                fmt::format("transform '{}' has no counterpart{}", call->key, did_you_mean(call->name, known)));
    return;
  }
  const auto all = arguments_of(*call, found->second.parameters, notes);
  Section arguments(all, path + "." + call->name, notes);
  auto word = found->second.word(arguments);
  arguments.finish();
  if (!word.empty()) words.push_back(std::move(word));
}
}  // namespace

std::vector<std::string> transform_words(const Value& value, const std::string& path, Notes& notes) {
  std::vector<std::string> words;
  const bool is_compose = value.tag == "!import_call" && [&] {
    for (const auto& entry : value.entries) {
      if (entry.key == "key") return last_word(entry.value.text) == "Compose";
    }
    return false;
  }();
  if (!is_compose) {
    add_transform(value, path, notes, words);
    return words;
  }
  const auto call = read_call(value, path, notes);
  const auto all = arguments_of(*call, {"transforms"}, notes);
  Section arguments(all, path, notes);
  if (const Value* list = arguments.find("transforms"); list && list->kind == Value::Kind::list) {
    for (const auto& item : list->items) add_transform(item, path, notes, words);
  } else {
    arguments.fault("transforms", "a list of transforms is expected");
  }
  arguments.finish();
  return words;
}

}  // namespace retort::torchdistill
