#include "nn/dit.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "core/errors.h"
#include "support/shaken_weights.h"
#include "support/user_error.h"

namespace retort::nn {
namespace {

constexpr DitOptions small_dit = {.patch = 2, .width = 8, .depth = 1, .heads = 2, .out_channels = 2, .classes = 3};

at::Tensor dit_labels(int64_t label) { return at::full({2}, label, at::kLong); }

Weights shaken_dit() {
  InitialisingSource source{RandomTree(0)};
  dit(Scope(source), at::zeros({2, 3, 4, 6}), at::zeros({2}), dit_labels(0), small_dit);
  return tests::shaken(source.take());
}

TEST(Dit, FreshOneGivesZerosInThePicturesShape) {
  InitialisingSource source{RandomTree(0)};
  const auto output = dit(Scope(source), at::ones({2, 3, 4, 6}), at::ones({2}), dit_labels(1), small_dit);
  EXPECT_TRUE(at::equal(output, at::zeros({2, 2, 4, 6})));
  EXPECT_EQ(source.take().shape_of("y_embedder.embedding_table.weight"), (std::vector<int64_t>{4, 8}));
}

TEST(Dit, FollowsTimeAndLabelAndKnowsTheNullLabel) {
  const auto weights = shaken_dit();
  GivenSource source(weights);
  const auto x = at::sin(at::arange(2 * 3 * 4 * 6, at::kFloat)).view({2, 3, 4, 6});
  const auto run = [&](double time, int64_t label) {
    return dit(Scope(source), x, at::full({2}, time), dit_labels(label), small_dit);
  };
  EXPECT_TRUE(at::equal(run(1, 0), run(1, 0)));
  EXPECT_FALSE(at::allclose(run(1, 0), run(5, 0)));
  EXPECT_FALSE(at::allclose(run(1, 0), run(1, 2)));
  EXPECT_FALSE(at::allclose(run(1, 0), run(1, 3)));
}

// A token's part of the output is the patch at its place: with the transformer closed, only that patch feeds it.
TEST(Dit, OutputLiesWhereItsPatchLay) {
  auto weights = shaken_dit();
  for (auto& [name, tensor] : weights.parameters)
    if (name.find("blocks.0.adaLN_modulation") == 0) tensor = at::zeros_like(tensor);
  GivenSource source(weights);
  auto x = at::zeros({2, 3, 4, 6});
  const auto run = [&] { return dit(Scope(source), x, at::zeros({2}), dit_labels(0), small_dit); };
  const auto before = run();
  x.slice(2, 2, 4).slice(3, 4, 6).fill_(1);
  const auto change = (run() - before).abs();
  EXPECT_GT(change.slice(2, 2, 4).slice(3, 4, 6).max().item<float>(), 1e-3);
  change.slice(2, 2, 4).slice(3, 4, 6).fill_(0);
  EXPECT_EQ(change.max().item<float>(), 0);
}

TEST(Dit, RunsWithoutClassesAndRefusesBrokenPatchesAndMissingLabels) {
  auto options = small_dit;
  InitialisingSource source{RandomTree(0)};
  EXPECT_THROW(dit(Scope(source), at::zeros({1, 3, 4, 4}), at::zeros({1}), {}, options), Fault);
  const auto message = tests::user_error_of([&] {
    dit(Scope(source), at::zeros({1, 3, 5, 4}), at::zeros({1}), {}, options);
  });
  EXPECT_NE(message.find("pictures of 5x4 are not whole patches of 2x2"), std::string::npos) << message;
  options.classes = 0;
  InitialisingSource plain{RandomTree(0)};
  dit(Scope(plain), at::zeros({1, 3, 4, 4}), at::zeros({1}), {}, options);
  EXPECT_FALSE(plain.take().find("y_embedder.embedding_table.weight").defined());
}

}  // namespace
}  // namespace retort::nn
