#include "distil/field/selection/selection.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <fstream>

#include "distil/field/selection/neighbours.h"
#include "io/atomic_file.h"
#include "io/tensor/tensor_io.h"
#include "support/hostile_input.h"
#include "support/temporary_folder.h"
#include "support/user_error.h"

namespace retort::field {
namespace {

at::Tensor bits(const std::vector<int64_t>& values) { return at::tensor(values).ne(0); }

TEST(Selection, CombinesInFourWays) {
  const auto standing = bits({1, 1, 0, 0}), made = bits({1, 0, 1, 0});
  EXPECT_TRUE(at::equal(combined(standing, made, Combine::replace), made));
  EXPECT_TRUE(at::equal(combined(standing, made, Combine::add), bits({1, 1, 1, 0})));
  EXPECT_TRUE(at::equal(combined(standing, made, combine_named("subtract")), bits({0, 1, 0, 0})));
  EXPECT_TRUE(at::equal(combined(standing, made, combine_named("intersect")), bits({1, 0, 0, 0})));
  EXPECT_NE(tests::user_error_of([] { combine_named("subtrakt"); }).find("subtract"), std::string::npos);
}

TEST(Selection, IsKeptAndReadBack) {
  const tests::TemporaryFolder folder;
  const auto file = folder.path() / "cut.safetensors";
  save_selection(file, {.mask = bits({1, 0, 1}), .from = "click 120,80; in view 0004"});
  const auto read = load_selection(file, 3);
  EXPECT_TRUE(at::equal(read.mask, bits({1, 0, 1})));
  EXPECT_EQ(read.from, "click 120,80; in view 0004");
}

TEST(Selection, OtherFilesAreRefused) {
  const tests::TemporaryFolder folder;
  const auto file = folder.path() / "cut.safetensors";
  const auto refusal = [&] { return tests::user_error_of([&] { load_selection(file, 3); }); };
  io::save_safetensors(file, {{"other", at::zeros({3})}});
  EXPECT_NE(refusal().find("no tensor 'selected'"), std::string::npos);
  io::save_safetensors(file, {{"selected", at::zeros({3})}});
  EXPECT_NE(refusal().find("no list of bytes"), std::string::npos);
  io::save_safetensors(file, {{"selected", at::zeros({3, 1}, at::kByte)}});
  EXPECT_NE(refusal().find("no list of bytes"), std::string::npos);
  io::save_safetensors(file, {{"selected", at::zeros({4}, at::kByte)}});
  EXPECT_NE(refusal().find("4 splats, and the field has 3"), std::string::npos);
  io::save_safetensors(file, {{"selected", at::full({3}, 7, at::kByte)}});
  EXPECT_NE(refusal().find("other than 0 and 1"), std::string::npos);
}

TEST(Selection, DamagedFilesAreTakenOrRefused) {
  const tests::TemporaryFolder folder;
  const auto file = folder.path() / "cut.safetensors";
  save_selection(file, {.mask = bits({1, 0, 1}), .from = "x"});
  std::ifstream stream(file, std::ios::binary);
  const std::string content((std::istreambuf_iterator<char>(stream)), std::istreambuf_iterator<char>());
  tests::damage_everywhere(content, [&](const std::string& damaged) {
    std::ofstream(file, std::ios::binary) << damaged;
    load_selection(file, 3);
  });
}

at::Tensor on_a_line(const std::vector<float>& places) {
  auto means = at::zeros({static_cast<int64_t>(places.size()), 3});
  means.select(1, 0).copy_(at::tensor(places));
  return means;
}

TEST(Neighbours, AreTheNearestOthers) {
  ThreadPool pool(2);
  const auto found = find_neighbours(on_a_line({0, 1, 3, 7, 7}), 2, pool);
  EXPECT_TRUE(at::equal(found.indices[0], at::tensor(std::vector<int32_t>{1, 2})));
  EXPECT_TRUE(at::equal(found.indices[2], at::tensor(std::vector<int32_t>{1, 0})));
  EXPECT_EQ(found.indices[3][0].item<int>(), 4) << "one in the very same place is another splat";
  EXPECT_EQ(found.distances[3][0].item<float>(), 0);
  EXPECT_FLOAT_EQ(found.distances[1][1].item<float>(), 2);
}

TEST(Neighbours, OfTheDeadAndTheLonelyAreNone) {
  ThreadPool pool(1);
  const auto found =
      find_neighbours(on_a_line({0, 1, 2, std::numeric_limits<float>::quiet_NaN()}), 3, pool, bits({1, 0, 1, 1}));
  EXPECT_TRUE(at::equal(found.indices[0], at::tensor(std::vector<int32_t>{2, 0, 0})));
  EXPECT_TRUE(at::equal(found.indices[1], at::tensor(std::vector<int32_t>{1, 1, 1})));
  EXPECT_TRUE(at::equal(found.indices[3], at::tensor(std::vector<int32_t>{3, 3, 3})));
}

TEST(Neighbours, SetsGrowAndShrinkOverThem) {
  ThreadPool pool(1);
  const auto neighbours = find_neighbours(on_a_line({0, 1, 2, 3.2F, 10}), 1, pool);
  EXPECT_TRUE(at::equal(grown(bits({1, 0, 0, 0, 0}), neighbours, 1), bits({1, 1, 0, 0, 0})));
  EXPECT_TRUE(at::equal(grown(bits({1, 0, 0, 0, 0}), neighbours, 9), bits({1, 1, 1, 1, 1})));
  EXPECT_TRUE(at::equal(grown(bits({1, 0, 0, 0, 0}), neighbours, 9, 2), bits({1, 1, 1, 1, 0})));
  EXPECT_TRUE(at::equal(shrunk(bits({1, 1, 1, 0, 0}), neighbours, 1), bits({1, 1, 0, 0, 0})));
}

}  // namespace
}  // namespace retort::field
