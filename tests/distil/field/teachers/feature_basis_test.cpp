#include "distil/field/teachers/feature_basis.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "core/errors.h"
#include "core/random.h"
#include "io/tensor/tensor_io.h"
#include "support/temporary_folder.h"
#include "support/user_error.h"

namespace retort::field {
namespace {

at::Tensor normal_floats(at::IntArrayRef shape, uint64_t seed) {
  auto values = at::empty(shape, at::kFloat);
  auto generator = RandomTree(seed).generator();
  for (int64_t i = 0; i < values.numel(); ++i) values.data_ptr<float>()[i] = static_cast<float>(generator.normal());
  return values;
}

/// Maps whose features lie in a space of `rank` directions, away from the origin.
at::Tensor map_of_rank(int64_t channels, int64_t rank, uint64_t seed) {
  const auto directions = normal_floats({channels, rank}, 1);
  return at::matmul(directions, normal_floats({rank, 6 * 7}, seed) + 1).view({channels, 6, 7}).to(at::kHalf);
}

FeatureBasis fitted(int64_t channels, int64_t rank, int64_t reduced, int64_t pixels = 1000) {
  BasisFitter fitter(channels);
  for (uint64_t seed = 2; seed < 6; ++seed) fitter.add(map_of_rank(channels, rank, seed), pixels, seed);
  return fitter.fit(reduced, "maps");
}

TEST(FeatureBasis, SpansLowRankFeaturesAndKeepsTheirProducts) {
  const auto basis = fitted(10, 3, 3);
  EXPECT_EQ(basis.channels(), 10);
  EXPECT_EQ(basis.reduced_channels(), 3);
  EXPECT_NEAR(basis.kept_energy, 1, 1e-5);
  EXPECT_TRUE(at::allclose(at::matmul(basis.columns.t(), basis.columns), at::eye(3), 1e-5, 1e-5));
  const auto map = map_of_rank(10, 3, 9);
  const auto reduced = basis.reduce_map(map);
  EXPECT_EQ(reduced.sizes(), (std::vector<int64_t>{3, 6, 7}));
  EXPECT_EQ(reduced.scalar_type(), at::kHalf);
  EXPECT_TRUE(at::allclose(basis.expand_map(reduced), map.to(at::kFloat), 1e-2, 2e-2));
  const auto query = normal_floats({10}, 10);
  const auto whole = at::matmul(query, map.to(at::kFloat).flatten(1));
  const auto small = at::matmul(basis.reduce_directions(query), reduced.to(at::kFloat).flatten(1));
  EXPECT_TRUE(at::allclose(whole, small, 1e-2, 5e-2));
}

TEST(FeatureBasis, ZeroStaysZero) {
  const auto basis = fitted(6, 2, 2);
  EXPECT_TRUE(at::equal(basis.reduce_map(at::zeros({6, 2, 2})), at::zeros({2, 2, 2}, at::kHalf)));
}

// Adam moves all channels at one pace, so the mean's length must not lie in one of them.
TEST(FeatureBasis, NoChannelCarriesMostOfTheLength) {
  BasisFitter fitter(24);
  const auto map = (normal_floats({24, 6, 7}, 3) + 5).to(at::kHalf);
  fitter.add(map, 1000, 0);
  const auto basis = fitter.fit(16, "maps");
  const auto energy = basis.reduce_map(map).to(at::kFloat).square().mean({1, 2});
  EXPECT_LT(energy.max().item<float>(), 0.25 * energy.sum().item<float>());
}

TEST(FeatureBasis, TheLeadingDirectionIsKeptAndItsSignFixed) {
  auto map = at::zeros({3, 1, 4}, at::kFloat);
  map[2] = at::tensor({-4.0F, 4.0F, -4.0F, -4.0F});
  map[0] = at::tensor({1.0F, 1.0F, 1.0F, -1.0F});
  BasisFitter fitter(3);
  fitter.add(map, 10, 0);
  const auto basis = fitter.fit(1, "maps");
  EXPECT_GT(basis.columns[2][0].item<float>(), 0.95F);
  EXPECT_NEAR(basis.kept_energy, 64.0 / 68, 1e-9);
}

TEST(FeatureBasis, SampleIsTheSameEveryTime) {
  EXPECT_TRUE(at::equal(fitted(8, 8, 4, 10).columns, fitted(8, 8, 4, 10).columns));
}

TEST(FeatureBasis, SavedAndLoadedAndRefused) {
  const tests::TemporaryFolder folder;
  const auto basis = fitted(6, 3, 2);
  basis.save(folder / "basis.safetensors");
  const auto loaded = FeatureBasis::load(folder / "basis.safetensors");
  EXPECT_TRUE(at::equal(loaded.columns, basis.columns));
  EXPECT_EQ(loaded.kept_energy, basis.kept_energy);
  io::save_safetensors(folder / "other.safetensors", {{"columns", at::ones({2})}});
  EXPECT_NE(tests::user_error_of([&] { FeatureBasis::load(folder / "other.safetensors"); }).find("is no feature basis"),
            std::string::npos);
  BasisFitter empty(3);
  empty.add(at::zeros({3, 2, 2}), 10, 0);
  EXPECT_NE(tests::user_error_of([&] { empty.fit(2, "maps"); }).find("all features are zero"), std::string::npos);
}

}  // namespace
}  // namespace retort::field
