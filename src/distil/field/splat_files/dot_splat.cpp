// .splat, as the first browser viewers of splats read it: 32 bytes a splat and nothing else. Position and scale
// (linear) as three floats each, colour and opacity as four bytes, rotation w, x, y, z as four bytes 128 + 128 q.
#include <algorithm>

#include "core/errors.h"
#include "distil/field/splat_files/packing.h"
#include "distil/field/splat_files/splat_formats.h"
#include "io/atomic_file.h"
#include "io/bytes.h"

namespace retort::field {

namespace {
constexpr size_t splat_record_bytes = 32;
}

SplatCloud read_dot_splat(std::span<const uint8_t> bytes, const std::string& name) {
  if (bytes.size() % splat_record_bytes != 0) {
    user_error("{}: {} bytes are not a whole number of splats of {} bytes; cut off, or of another format", name,
               bytes.size(), splat_record_bytes);
  }
  io::ByteReader reader(bytes, name);
  auto cloud = make_cloud(static_cast<int64_t>(bytes.size() / splat_record_bytes), 0);
  for (int64_t row = 0; row < cloud.size(); ++row) {
    for (int axis = 0; axis < 3; ++axis) cloud.means[3 * row + axis] = reader.read<float>();
    for (int axis = 0; axis < 3; ++axis) {
      const auto scale = reader.read<float>();
      reader.require(scale > 0, "a scale that is not above 0");
      cloud.log_scales[3 * row + axis] = std::log(scale);
    }
    for (int channel = 0; channel < 3; ++channel) {
      cloud.sh[3 * row + channel] = (unpack_unit(reader.read<uint8_t>(), 8) - 0.5f) / sh_constant;
    }
    cloud.opacity_logits[row] = logit_of_byte(reader.read<uint8_t>());
    for (int index = 0; index < 4; ++index) {
      cloud.quaternions[4 * row + index] = (static_cast<float>(reader.read<uint8_t>()) - 128) / 128;
    }
  }
  return cloud;
}

void write_dot_splat(const std::filesystem::path& file, const SplatCloud& cloud) {
  cloud.check();
  io::ByteWriter out;
  for (int64_t row = 0; row < cloud.size(); ++row) {
    for (int axis = 0; axis < 3; ++axis) out.write(cloud.means[3 * row + axis]);
    for (int axis = 0; axis < 3; ++axis) {
      // A scale of 0 would have no logarithm to be read back as.
      out.write(std::max(std::exp(cloud.log_scales[3 * row + axis]), std::numeric_limits<float>::min()));
    }
    for (int channel = 0; channel < 3; ++channel) {
      const float colour = 0.5f + sh_constant * cloud.sh[row * 3 * cloud.coefficients() + channel];
      out.write(static_cast<uint8_t>(pack_unit(colour, 8)));
    }
    out.write(static_cast<uint8_t>(pack_unit(sigmoid(cloud.opacity_logits[row]), 8)));
    for (const float component : unit_quaternion(&cloud.quaternions[4 * row])) {
      out.write(static_cast<uint8_t>(std::clamp(std::round(component * 128) + 128, 0.f, 255.f)));
    }
  }
  io::write_whole_file(file, out.bytes());
}

}  // namespace retort::field
