#include "distil/field/teachers/teacher_network.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "core/errors.h"
#include "core/text.h"
#include "io/area_resize.h"
#include "nn/deeplab_v3.h"
#include "nn/mobilenet_v2.h"
#include "nn/scope.h"

namespace retort::field {

namespace {
/// Classes of PASCAL VOC in the order of its labels.
constexpr std::array<const char*, 21> voc_classes = {
    "background", "aeroplane", "bicycle",     "bird",  "boat",        "bottle", "bus",
    "car",        "cat",       "chair",       "cow",   "diningtable", "dog",    "horse",
    "motorbike",  "person",    "pottedplant", "sheep", "sofa",        "train",  "tvmonitor"};

std::string class_name(int64_t index, int64_t classes) {
  if (classes == static_cast<int64_t>(voc_classes.size())) return voc_classes[index];
  return fmt::format("class_{}", index);
}

/// Weights of another network often have some names in common: say so instead of going on without the rest.
void require_all_used(const nn::GivenSource& source, const nn::Weights& weights, const char* network) {
  const auto unused = source.unused();
  if (!unused.empty())
    user_error("{}: has tensors that {} does not know, '{}' first; are these another network's weights?",
               weights.origin, network, unused.front());
}

class DeepLabTeacher : public TeacherNetwork {
 public:
  explicit DeepLabTeacher(nn::Weights weights)
      : weights_(std::move(weights)), options_(nn::deeplab_v3_options_of(weights_)) {}

  std::vector<TeacherOutput> outputs() const override {
    return {{"", options_.head_channels, "features behind concat_projection"},
            {"scores", options_.classes, "class scores before the softmax"}};
  }

  std::vector<at::Tensor> run(const at::Tensor& image) override {
    const at::NoGradGuard no_gradients;
    nn::GivenSource source(weights_);
    nn::Taps taps({std::string(features_tap)});
    const auto scores = nn::deeplab_v3(nn::Scope(source, &taps), image, options_);
    require_all_used(source, weights_, "deeplab_v3");
    return {taps.at(std::string(features_tap)).squeeze(0), scores.squeeze(0)};
  }

  std::vector<TaughtWord> words() const override {
    const auto rows = weights_.find("logits.semantic.weight").flatten(1).to(at::kDouble);
    const auto stored_biases = weights_.find("logits.semantic.bias");
    const int64_t classes = options_.classes;
    if (classes < 2 || !stored_biases.defined() || stored_biases.numel() != classes)
      user_error("{}: logits.semantic needs at least two classes and a bias each", weights_.origin);
    const auto biases = stored_biases.to(at::kDouble);
    std::vector<TaughtWord> words;
    for (int64_t i = 0; i < classes; ++i) {
      const auto rival_row = i == 0 ? rows.slice(0, 1).mean({0}) : rows[0];
      const auto rival_bias = i == 0 ? biases.slice(0, 1).mean() : biases[0];
      const auto difference = rows[i] - rival_row;
      const double norm = difference.norm().item<double>();
      if (!(norm > 0))
        user_error("{}: row {} of logits.semantic equals the one it is held against", weights_.origin, i);
      words.push_back({class_name(i, classes), difference / norm, norm, (biases[i] - rival_bias).item<double>()});
    }
    return words;
  }

 private:
  static constexpr std::string_view features_tap = "concat_projection.Relu";
  nn::Weights weights_;
  nn::DeepLabV3Options options_;
};

class MobileNetTeacher : public TeacherNetwork {
 public:
  explicit MobileNetTeacher(nn::Weights weights)
      : weights_(std::move(weights)), options_(nn::mobilenet_v2_options_of(weights_)) {
    options_.output_stride = teacher_stride;
  }

  std::vector<TeacherOutput> outputs() const override {
    int64_t channels = 0;
    for (const int64_t level : {32, 96, 320}) channels += nn::mobilenet_channels(level, options_);
    return {{"", channels, "outputs of blocks 5, 12 and 16, each of length 1 at every pixel"}};
  }

  std::vector<at::Tensor> run(const at::Tensor& image) override {
    const at::NoGradGuard no_gradients;
    const std::vector<std::string> names = {"expanded_conv_5.output", "expanded_conv_12.output",
                                            "expanded_conv_16.output"};
    nn::GivenSource source(weights_);
    nn::Taps taps(names);
    taps.run_until_complete([&] { nn::mobilenet_v2(nn::Scope(source, &taps), image, options_); });
    const auto& coarsest = taps.at(names.back());
    std::vector<at::Tensor> levels;
    for (const auto& name : names) {
      auto level = taps.at(name);
      if (level.sizes().slice(2) != coarsest.sizes().slice(2))
        level = at::upsample_bilinear2d(level, coarsest.sizes().slice(2), true);
      levels.push_back(level / level.norm(2, {1}, true).clamp_min(smallest_norm));
    }
    return {at::cat(levels, 1).squeeze(0)};
  }

 private:
  /// Keeps pixels without any activation at zero instead of NaN.
  static constexpr double smallest_norm = 1e-6;
  nn::Weights weights_;
  nn::MobileNetV2Options options_;
};
}  // namespace

std::unique_ptr<TeacherNetwork> make_teacher_network(TeacherNetworkKind kind, const std::filesystem::path& weights) {
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(weights, ignored))
    user_error("{}: no such weights file; nothing is downloaded, and docs/teachers.md says where to get them",
               weights.string());
  auto tensors = nn::load_weights(weights);
  if (kind == TeacherNetworkKind::deeplab_v3) return std::make_unique<DeepLabTeacher>(std::move(tensors));
  return std::make_unique<MobileNetTeacher>(std::move(tensors));
}

PixelSize network_input_size(PixelSize photo, int64_t longest_side) {
  RT_CHECK(photo.width > 0 && photo.height > 0, "photo of {}x{}", photo.width, photo.height);
  const auto steps_of = [](double length) {
    return std::max(1, static_cast<int>(std::lround(length / static_cast<double>(teacher_stride))));
  };
  const int long_steps = steps_of(static_cast<double>(longest_side - 1));
  const double aspect = static_cast<double>(std::min(photo.width, photo.height)) / std::max(photo.width, photo.height);
  const int stride = static_cast<int>(teacher_stride);
  const int long_side = stride * long_steps + 1, short_side = stride * steps_of(aspect * stride * long_steps) + 1;
  return photo.width >= photo.height ? PixelSize{long_side, short_side} : PixelSize{short_side, long_side};
}

at::Tensor network_input(const io::Image& photo, PixelSize size) {
  RT_CHECK(photo.channels == 3, "network input: {} channels, not RGB", photo.channels);
  const bool reduces = size.width <= photo.width && size.height <= photo.height;
  const auto resized = reduces ? io::area_resize(photo, size.width, size.height) : photo;
  auto bytes = at::empty({resized.height, resized.width, 3}, at::kByte);
  std::copy(resized.pixels.begin(), resized.pixels.end(), bytes.data_ptr<uint8_t>());
  auto image = (bytes.permute({2, 0, 1}).unsqueeze(0).to(at::kFloat) / 127.5 - 1).contiguous();
  return reduces ? image : at::upsample_bilinear2d(image, {size.height, size.width}, true);
}

}  // namespace retort::field
