// The networks that can teach a field, run fully convolutionally at any aspect.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "distil/field/scene/scene_options.h"
#include "distil/field/teachers/teach_job.h"
#include "distil/field/teachers/vocabulary.h"
#include "io/image.h"

namespace retort::field {

/// One of the maps a network gives for a photo.
struct TeacherOutput {
  std::string folder;  ///< below the output folder; "" for the features themselves
  int64_t channels = 0;
  std::string meaning;  ///< one line for people
};

/// A word as a direction: by how much its class's score exceeds its rival's is norm * <direction, feature> + bias.
struct TaughtWord {
  std::string name;
  at::Tensor direction;  ///< [C], length 1
  double norm = 0, bias = 0;
};

class TeacherNetwork {
 public:
  virtual ~TeacherNetwork() = default;
  virtual std::vector<TeacherOutput> outputs() const = 0;
  /// Image [1,3,H,W] (network_input) -> one map [C,h,w] float32 for each output, h = ceil(H / 16), w = ceil(W / 16).
  virtual std::vector<at::Tensor> run(const at::Tensor& image) = 0;
  /// Directions of the network's classes in the feature space; empty when its features have none.
  virtual std::vector<TaughtWord> words() const { return {}; }
};

/// Pixels a map sample, for all networks here.
constexpr int64_t teacher_stride = 16;

/// deeplab_v3: "" the 256 values behind concat_projection (not negative), which the class scores are a linear function
/// of; "scores" the 21 class scores before the softmax. Words are rows of logits.semantic less the background's row
/// (for the background: less the mean of the others), scaled to length 1. Only differences of rows mean anything to a
/// softmax, and so the sign of a cosine says whether the class beats the background, but for the small bias: on seven
/// photos of a fox the two masks of `dog` overlap by 0.85 to 0.98 (IoU). A plain row needs another threshold for each
/// photo.
/// mobilenet_v2: "" three depths joined along the channels: expanded_conv_5.output (32 channels, stride 8, resized to
/// 16), expanded_conv_12.output (96, stride 16) and expanded_conv_16.output (320; the last stride is dilated, so that
/// it lies on the stride-16 grid as well); at each pixel each depth is scaled to length 1, for their sizes differ by
/// far and a cosine would see one depth only. UserError when the weights are not that network's.
std::unique_ptr<TeacherNetwork> make_teacher_network(TeacherNetworkKind kind, const std::filesystem::path& weights);

/// The size a photo is given to the network in: the longest side becomes 16 k + 1 nearest to `longest_side`, the other
/// one 16 m + 1 nearest to keeping the aspect (m >= 1). With such sizes sample i of a stride-16 map sits at pixel 16 i
/// and the map's corners are the photo's; the aspect moves by at most 8 pixels.
PixelSize network_input_size(PixelSize photo, int64_t longest_side);

/// Photo (3 channels) -> [1,3,height,width], pixel / 127.5 - 1. Reduced by the area filter, enlarged bilinearly with
/// aligned corners.
at::Tensor network_input(const io::Image& photo, PixelSize size);

}  // namespace retort::field
