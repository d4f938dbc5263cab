#include "data/transforms/pipeline.h"

#include <algorithm>
#include <utility>

#include "core/errors.h"
#include "data/transforms/arguments.h"

namespace retort::data {
namespace {

// "cifar10_exact" has the statistics of "cifar10", "tiny_imagenet_30" those that its users take, ImageNet's.
std::string preset_of_data_set(const std::string& data_set) {
  if (statistics_preset(data_set)) return data_set;
  if (data_set.starts_with("cifar100")) return "cifar100";
  if (data_set.starts_with("cifar10")) return "cifar10";
  return data_set.find("imagenet") != std::string::npos ? "imagenet" : "";
}

// A call with the arguments that the data set settles.
TransformCall settled_call(const std::string& text, const std::string& data_set) {
  TransformCall call = parse_transform_call(text);
  if (call.name == "normalise" && call.arguments.empty()) {
    if (const std::string preset = preset_of_data_set(data_set); !preset.empty()) call.arguments = {{"preset", preset}};
  }
  return call;
}

}  // namespace

void Pipeline::add(const std::string& name, std::shared_ptr<const Transform> transform) {
  if (!steps_.empty() && steps_.back().transform->stage() == Stage::floats && transform->stage() == Stage::bytes) {
    user_error("transform '{}' changes bytes and must come before '{}', which changes floats", name,
               steps_.back().name);
  }
  const auto same = std::count_if(steps_.begin(), steps_.end(),
                                  [&](const Step& step) { return step.name.substr(0, step.name.find('#')) == name; });
  steps_.push_back({same == 0 ? name : fmt::format("{}#{}", name, same + 1), std::move(transform)});
}

void Pipeline::change_bytes(Sample& sample, const RandomTree& random) const {
  for (const Step& step : steps_) {
    if (step.transform->stage() != Stage::bytes) return;
    RandomGenerator generator = random.child(step.name).generator();
    step.transform->change(sample, generator);
  }
}

std::optional<FirstCrop> Pipeline::first_crop(const io::ImageSize& whole, const RandomTree& random) const {
  if (steps_.empty() || steps_.front().transform->stage() != Stage::bytes) return std::nullopt;
  RandomGenerator generator = random.child(steps_.front().name).generator();
  return steps_.front().transform->first_crop(whole, generator);
}

void Pipeline::write_floats(const Picture& picture, const RandomTree& random, std::span<float> values) const {
  RT_CHECK(values.size() == picture.pixels.size(), "{} floats for {} pixels", values.size(), picture.pixels.size());
  for (size_t i = 0; i < values.size(); ++i) values[i] = float(picture.pixels[i]) / 255.f;
  for (const Step& step : steps_) {
    if (step.transform->stage() != Stage::floats) continue;
    RandomGenerator generator = random.child(step.name).generator();
    step.transform->change(FloatPlanes{values.data(), picture.channels, picture.height, picture.width}, generator);
  }
}

bool Pipeline::is_random() const {
  return std::any_of(steps_.begin(), steps_.end(), [](const Step& step) { return step.transform->is_random(); });
}

Pipeline Pipeline::without_randomness() const {
  Pipeline pipeline = *this;
  std::erase_if(pipeline.steps_, [](const Step& step) { return step.transform->is_random(); });
  return pipeline;
}

io::ImagePart part_for(const Pipeline& pipeline, const io::ImageSize& whole, const RandomTree& random,
                       DecodeScale decode_scale) {
  const io::ImagePart all{.width = whole.width, .height = whole.height};
  const auto crop = pipeline.first_crop(whole, random);
  if (!crop) return all;
  const int left = std::max(crop->window.left, 0), top = std::max(crop->window.top, 0);
  const int right = std::min(crop->window.left + crop->window.width, whole.width);
  const int bottom = std::min(crop->window.top + crop->window.height, whole.height);
  if (right <= left || bottom <= top) return all;  // nothing but border: rare, and no picture has zero pixels
  io::ImagePart part{left, top, right - left, bottom - top};
  if (decode_scale == DecodeScale::automatic) {
    part.eighths = least_scale(crop->window.width, crop->window.height, crop->width, crop->height);
  }
  return part;
}

Pipeline make_pipeline(const Registry<TransformKind>& kinds, const std::vector<std::string>& calls,
                       const std::string& data_set) {
  Pipeline pipeline;
  for (const auto& text : calls) {
    const TransformCall call = settled_call(text, data_set);
    pipeline.add(call.name, kinds.get(call.name).make(call.arguments));
  }
  return pipeline;
}

std::optional<ChannelStatistics> normalisation_of(const std::vector<std::string>& calls, const std::string& data_set) {
  std::optional<ChannelStatistics> statistics;
  for (const auto& text : calls) {
    const TransformCall call = settled_call(text, data_set);
    if (call.name != "normalise") continue;
    const auto options = read_arguments<NormaliseOptions>(call.name, call.arguments);
    statistics =
        options.preset.empty() ? ChannelStatistics{options.mean, options.stddev} : statistics_preset(options.preset);
  }
  return statistics;
}

}  // namespace retort::data
