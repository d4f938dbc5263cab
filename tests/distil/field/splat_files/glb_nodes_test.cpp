// Files of other programs place their splats by nodes.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>

#include "distil/field/splat/cpu/spherical_harmonics.h"
#include "distil/field/splat_files/move_cloud.h"
#include "distil/field/splat_files/splat_formats.h"
#include "io/atomic_file.h"
#include "io/bytes.h"
#include "support/hostile_input.h"
#include "support/temporary_folder.h"

namespace retort::field {
namespace {

using nlohmann::json;
using tests::refusal_of;

SplatCloud some_cloud(int degree) {
  auto cloud = make_cloud(5, degree);
  float value = 0;
  for (auto* numbers : {&cloud.means, &cloud.quaternions, &cloud.log_scales, &cloud.opacity_logits, &cloud.sh}) {
    for (float& number : *numbers) number = std::sin(value += 1.3F);
  }
  return cloud;
}

// The cloud as a file of ours, but with these nodes, read back.
SplatCloud read_with_nodes(const SplatCloud& cloud, const json& nodes) {
  const tests::TemporaryFolder folder;
  write_glb(folder / "a.glb", cloud);
  const auto file = io::read_whole_file(folder / "a.glb", 1 << 20);
  const auto word = [&](size_t at) {
    uint32_t value = 0;
    std::memcpy(&value, &file[at], 4);
    return value;
  };
  auto document = json::parse(file.substr(20, word(12)));
  document["nodes"] = nodes;
  std::string text = document.dump();
  text.resize((text.size() + 3) / 4 * 4, ' ');
  io::ByteWriter out;
  const std::string binary = file.substr(20 + word(12));
  for (const uint32_t number :
       {word(0), 2U, uint32_t(20 + text.size() + binary.size()), uint32_t(text.size()), word(16)}) {
    out.write(number);
  }
  const std::string bytes = std::string(out.bytes().begin(), out.bytes().end()) + text + binary;
  return read_glb({reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()}, "a.glb");
}

double colour_towards(const SplatCloud& cloud, size_t row, std::array<double, 3> direction) {
  std::array<double, splat::most_sh_coefficients> basis{};
  splat::sh_basis(cloud.sh_degree, direction[0], direction[1], direction[2], basis.data());
  double sum = 0;
  for (size_t k = 0; k < size_t(cloud.coefficients()); ++k) {
    sum += basis[k] * double(cloud.sh[3 * (row * size_t(cloud.coefficients()) + k)]);
  }
  return sum;
}

const json our_node = {{"mesh", 0}, {"rotation", {1, 0, 0, 0}}};

TEST(GlbNodes, FilesOfOursStayToTheBit) {
  const auto cloud = some_cloud(3);
  const auto read = read_with_nodes(cloud, json::array({our_node}));
  EXPECT_EQ(read.means, cloud.means);
  EXPECT_EQ(read.sh, cloud.sh);
}

TEST(GlbNodes, WithoutATransformGltfsAxesAreTurnedIntoOurs) {
  const auto cloud = some_cloud(0);
  for (const auto& nodes : {json::array(), json::array({{{"mesh", 0}}}), json::array({{{"mesh", 7}}})}) {
    const auto read = read_with_nodes(cloud, nodes);
    for (size_t row = 0; row < 5; ++row) {
      EXPECT_FLOAT_EQ(read.means[3 * row], cloud.means[3 * row]);
      EXPECT_FLOAT_EQ(read.means[3 * row + 1], -cloud.means[3 * row + 1]);
      EXPECT_FLOAT_EQ(read.means[3 * row + 2], -cloud.means[3 * row + 2]);
    }
  }
}

// The mesh is ours under two parents: a quarter turn about z, then twice as large and shifted.
TEST(GlbNodes, ParentsAreAppliedToAllNumbers) {
  const auto cloud = some_cloud(3);
  const double half = std::sqrt(0.5);
  const json trs = {{{"children", {1}}, {"translation", {10, 20, 30}}, {"scale", {2, 2, 2}}},
                    {{"children", {2}}, {"rotation", {0, 0, half, half}}},
                    our_node};
  const json matrix = {our_node, {{"children", {0}}, {"matrix", {0, 2, 0, 0, -2, 0, 0, 0, 0, 0, 2, 0, 10, 20, 30, 1}}}};
  for (const auto& nodes : {trs, matrix}) {
    const auto read = read_with_nodes(cloud, nodes);
    for (size_t row = 0; row < 5; ++row) {
      // glTF (x, -y, -z) -> 2 (y, x, -z) + shift -> ours.
      const float *was = &cloud.means[3 * row], *is = &read.means[3 * row];
      EXPECT_NEAR(is[0], 2 * was[1] + 10, 1e-5);
      EXPECT_NEAR(is[1], -(2 * was[0] + 20), 1e-5);
      EXPECT_NEAR(is[2], 2 * was[2] - 30, 1e-5);
      EXPECT_NEAR(read.log_scales[3 * row + 1], cloud.log_scales[3 * row + 1] + std::log(2), 1e-5);
      // A direction d goes to (dy, -dx, dz): the same colour is seen from there.
      for (const auto& d : {std::array{1., 0., 0.}, std::array{0.6, 0., -0.8}, std::array{2. / 3, -1. / 3, 2. / 3}}) {
        EXPECT_NEAR(colour_towards(read, row, {d[1], -d[0], d[2]}), colour_towards(cloud, row, d), 1e-5);
      }
      // The first axis of the ellipsoid turns alike.
      const auto axis = [&](const SplatCloud& of) {
        const float* q = &of.quaternions[4 * row];
        const double norm = q[0] * q[0] + q[1] * q[1] + q[2] * q[2] + q[3] * q[3];
        return std::array{1 - 2 * (q[2] * q[2] + q[3] * q[3]) / norm, 2 * (q[1] * q[2] + q[0] * q[3]) / norm,
                          2 * (q[1] * q[3] - q[0] * q[2]) / norm};
      };
      const auto before = axis(cloud), after = axis(read);
      EXPECT_NEAR(after[0], before[1], 1e-5);
      EXPECT_NEAR(after[1], -before[0], 1e-5);
      EXPECT_NEAR(after[2], before[2], 1e-5);
    }
  }
}

TEST(GlbNodes, HostileOnesAreRefused) {
  const auto refused = [](const std::string& nodes) {
    return refusal_of([&] { read_with_nodes(some_cloud(0), json::parse(nodes)); });
  };
  EXPECT_NE(refused(R"([{"mesh":0,"children":[1]},{"children":[0]}])").find("its own ancestor"), std::string::npos);
  EXPECT_NE(refused(R"([{"mesh":0,"children":[0]}])").find("its own ancestor"), std::string::npos);
  EXPECT_NE(refused(R"([{"mesh":0},{"children":[0]},{"children":[0]}])").find("two parents"), std::string::npos);
  EXPECT_NE(refused(R"([{"mesh":0},{"children":[7]}])").find("not there"), std::string::npos);
  EXPECT_NE(refused(R"([{"mesh":0},{"children":-1}])").find("not there"), std::string::npos);
  for (const char* transform :
       {R"("scale":[1,1,-1])", R"("scale":[1,2,1])", R"("scale":[0,0,0])", R"("scale":[1e200,1e200,1e200])",
        R"("matrix":[1,0,0,0,0.5,1,0,0,0,0,1,0,0,0,0,1])", R"("matrix":[1,0,0,1,0,1,0,0,0,0,1,0,0,0,0,1])"}) {
    EXPECT_NE(refused(fmt::format(R"([{{"mesh":0,{}}}])", transform)).find("apply it to the splats"), std::string::npos)
        << transform;
  }
  EXPECT_NE(refused(R"([{"mesh":0,"rotation":[0,0,0,0]}])").find("no length"), std::string::npos);
  EXPECT_NE(refused(R"([{"mesh":0,"rotation":[0,0,1]}])").find("is not 4 numbers"), std::string::npos);
  EXPECT_NE(refused(R"([{"mesh":0,"matrix":"one"}])").find("is not 16 numbers"), std::string::npos);
}

}  // namespace
}  // namespace retort::field
