// The camera room knows no tensors: its functions are held to stored numbers from here.
#include <vector>

#include "core/registries.h"
#include "distil/field/camera/camera.h"
#include "distil/field/camera/extent.h"
#include "run/parity.h"

namespace retort::field {

namespace {

template <size_t Count>
std::array<double, Count> numbers_of(const at::Tensor& tensor) {
  const at::Tensor values = tensor.detach().to(at::kDouble).contiguous();
  RT_CHECK(values.numel() == static_cast<int64_t>(Count), "{} numbers, should be {}", values.numel(), Count);
  std::array<double, Count> numbers;
  std::copy_n(values.data_ptr<double>(), Count, numbers.begin());
  return numbers;
}

template <size_t Count>
at::Tensor tensor_of(const std::array<double, Count>& numbers, at::IntArrayRef shape) {
  return at::tensor(at::ArrayRef<double>(numbers.data(), Count), at::kDouble).reshape(shape);
}

void projection_matrix_parity(run::ParityCall& call) {
  const auto matrix =
      projection_matrix(call.number("znear"), call.number("zfar"), call.number("fov_x"), call.number("fov_y"));
  call.output("value", tensor_of(matrix, {4, 4}));
}

void world_to_view_parity(run::ParityCall& call) {
  Vector3 translate = {0, 0, 0};
  if (call.has_option("translate")) {
    const auto given = call.numbers("translate");
    if (given.size() != 3) user_error("option 'translate' has {} numbers; it should have 3", given.size());
    std::copy_n(given.begin(), 3, translate.begin());
  }
  const auto matrix = world_to_view(numbers_of<9>(call.input("rotation")), numbers_of<3>(call.input("translation")),
                                    translate, call.number("scale", 1));
  call.output("value", tensor_of(matrix, {4, 4}));
}

void scene_extent_parity(run::ParityCall& call) {
  const at::Tensor rotations = call.input("rotations"), translations = call.input("translations");
  std::vector<Vector3> centres;
  for (int64_t index = 0; index < rotations.size(0); ++index) {
    const Camera camera{.world_to_camera =
                            world_to_view(numbers_of<9>(rotations[index]), numbers_of<3>(translations[index]))};
    centres.push_back(camera.centre());
  }
  const SceneExtent extent = scene_extent(centres);
  call.output("radius", at::scalar_tensor(extent.radius, at::kDouble));
  call.output("translate", tensor_of(extent.translate, {3}));
}

}  // namespace

}  // namespace retort::field

namespace retort {

void register_camera_parity(Registries& registries) {
  constexpr const char* repository = "ShijieZhou-UCLA/feature-3dgs @6c570d6, ";
  registries.parity.add("field.camera.projection_matrix",
                        {.summary = "OpenGL-like projection with z in [0, 1]",
                         .source = fmt::format("{}utils/graphics_utils.py getProjectionMatrix", repository),
                         .options = {"znear", "zfar", "fov_x", "fov_y"},
                         .outputs = {{"value", "[4,4]"}},
                         .run = field::projection_matrix_parity});
  registries.parity.add("field.camera.world_to_view",
                        {.summary = "world-to-camera matrix with moved and scaled centre",
                         .source = fmt::format("{}utils/graphics_utils.py getWorld2View2", repository),
                         .inputs = {{"rotation", "[3,3]"}, {"translation", "[3]"}},
                         .options = {"translate", "scale"},
                         .outputs = {{"value", "[4,4]"}},
                         .run = field::world_to_view_parity});
  registries.parity.add("field.camera.scene_extent",
                        {.summary = "radius of a scene and the shift to its middle",
                         .source = fmt::format("{}scene/dataset_readers.py getNerfppNorm", repository),
                         .inputs = {{"rotations", "[N,3,3]"}, {"translations", "[N,3]"}},
                         .outputs = {{"radius", "[]"}, {"translate", "[3]"}},
                         .run = field::scene_extent_parity});
}

}  // namespace retort
