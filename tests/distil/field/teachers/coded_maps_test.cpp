#include "distil/field/teachers/coded_maps.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

#include "distil/field/teachers/compress_maps.h"
#include "distil/field/teachers/feature_map.h"
#include "io/atomic_file.h"
#include "io/tensor/tensor_io.h"
#include "support/hostile_input.h"
#include "support/temporary_folder.h"

namespace retort::field {
namespace {

constexpr int64_t mix_channels = 6, mix_kinds = 5;

// A map whose pixels are a few vectors, or (with noise) near them.
at::Tensor mixed_map(uint64_t seed, double noise = 0) {
  auto palette = RandomTree(7).generator();
  std::vector<float> kinds(mix_kinds * mix_channels);
  for (auto& value : kinds) value = static_cast<float>(palette.normal());
  auto random = RandomTree(seed).generator();
  auto map = at::empty({mix_channels, 4, 5}, at::kFloat);
  for (int64_t pixel = 0; pixel < 20; ++pixel) {
    const int64_t kind = random.integer(mix_kinds);
    for (int64_t channel = 0; channel < mix_channels; ++channel) {
      map.data_ptr<float>()[channel * 20 + pixel] =
          kinds[kind * mix_channels + channel] + static_cast<float>(noise * random.normal());
    }
  }
  return map.to(at::kHalf);
}

std::vector<std::string> mixed_stems() { return {"a", "b", "left/c"}; }

void write_mixed_maps(const std::filesystem::path& folder, double noise = 0) {
  uint64_t seed = 20;
  for (const auto& stem : mixed_stems()) write_feature_map(folder, stem, mixed_map(seed++, noise), MapFormat::npy);
}

CompressedMaps compress(const std::filesystem::path& folder, const std::filesystem::path& output,
                        const metrics::CodingChoice& choice) {
  ThreadPool pool(2);
  return compress_maps(folder, output, choice, RandomTree(1), pool, [] { return false; });
}

TEST(CodedMaps, OneCodebookHoldsTheVectorsOfAllViews) {
  const tests::TemporaryFolder folder;
  write_mixed_maps(folder / "plain");
  const auto result = compress(folder / "plain", folder / "coded", {.codebook = mix_kinds});
  EXPECT_LT(result.error.relative_l2, 1e-3);
  EXPECT_EQ(result.description, "codebook of 5");
  EXPECT_EQ(result.bytes_before, 3 * 20 * mix_channels * 2);
  EXPECT_LE(result.bytes_after, 3 * 20 + mix_kinds * mix_channels * 4);
  const auto source = open_map_source(folder / "coded");
  EXPECT_EQ(source->stems(), mixed_stems());
  EXPECT_EQ(source->shape("left/c"), (MapShape{mix_channels, 4, 5}));
  EXPECT_TRUE(at::allclose(source->read("left/c").to(at::kFloat), mixed_map(22).to(at::kFloat), 1e-2, 1e-2));
  EXPECT_FALSE(source->has("c"));
  EXPECT_NE(tests::refusal_of([&] { source->read("c"); }).find("no map of view 'c'"), std::string::npos);
}

TEST(CodedMaps, ErrorsAreThoseOfWhatIsReadBack) {
  const tests::TemporaryFolder folder;
  write_mixed_maps(folder / "plain", 0.3);
  for (const auto& choice :
       {metrics::CodingChoice{.codebook = 9}, metrics::CodingChoice{.codebook = 9, .half = true},
        metrics::CodingChoice{.sparse_terms = 2, .sparse_entries = 8}, metrics::CodingChoice{.pca = 3},
        metrics::CodingChoice{.sparse_terms = 2, .sparse_entries = 8, .half = true}}) {
    const auto result = compress(folder / "plain", folder / "coded", choice);
    const auto plain = open_map_source(folder / "plain"), coded = open_map_source(folder / "coded");
    double error = 0, length = 0;
    for (const auto& stem : mixed_stems()) {
      const auto map = plain->read(stem).to(at::kDouble), back = coded->read(stem).to(at::kDouble);
      error += (map - back).square().sum().item<double>();
      length += map.square().sum().item<double>();
    }
    EXPECT_NEAR(result.error.relative_l2, std::sqrt(error / length), 1e-9) << result.description;
    EXPECT_GT(result.error.relative_l2, 0.01) << result.description;
    EXPECT_LT(result.error.relative_l2, 0.7) << result.description;
    EXPECT_EQ(result.views.size(), 3U);
  }
}

TEST(CodedMaps, HalfACodebookTakesFewerBytes) {
  const tests::TemporaryFolder folder;
  write_mixed_maps(folder / "plain", 0.3);
  const auto whole = compress(folder / "plain", folder / "coded", {.codebook = 9});
  const auto half = compress(folder / "plain", folder / "coded", {.codebook = 9, .half = true});
  EXPECT_EQ(whole.bytes_after - half.bytes_after, 9 * mix_channels * 2);
}

TEST(CodedMaps, TrainingReadsThemAsPlainOnes) {
  const tests::TemporaryFolder folder;
  write_mixed_maps(folder / "plain", 0.3);
  compress(folder / "plain", folder / "coded", {.codebook = 9});
  std::vector<MappedView> views;
  for (const auto& stem : mixed_stems()) views.push_back({stem, 50, 40, true});
  TeacherMaps maps(folder / "coded", views, {}), reduced(folder / "coded", views, {.reduce_to = 2});
  const auto source = open_map_source(folder / "coded");
  EXPECT_EQ(maps.channels(), mix_channels);
  maps.prefetch(2);
  EXPECT_TRUE(maps.get(2).equal(source->read("left/c").permute({1, 2, 0})));
  EXPECT_TRUE(maps.read_stored(1).equal(source->read("b")));
  EXPECT_EQ(reduced.get(0).size(2), 2);
  views.push_back({"d", 50, 40, true});
  EXPECT_NE(tests::refusal_of([&] { TeacherMaps(folder / "coded", views, {}); }).find("no teacher map: d"),
            std::string::npos);
}

TEST(CodedMaps, MapsOfOtherChannelsAreLeftOut) {
  const tests::TemporaryFolder folder;
  write_mixed_maps(folder / "plain");
  write_feature_map(folder / "plain", "aa/scores", at::ones({2, 4, 5}), MapFormat::npy);
  const auto result = compress(folder / "plain", folder / "coded", {.codebook = 5});
  EXPECT_EQ(result.left_out, std::vector<std::string>{"aa/scores"});
  EXPECT_EQ(result.views.size(), 3U);
}

TEST(CodedMaps, TwoKindsInOneFolderAreRefused) {
  const tests::TemporaryFolder folder;
  write_mixed_maps(folder / "plain");
  EXPECT_NE(tests::refusal_of([&] {
              compress(folder / "plain", folder / "plain", {.codebook = 5});
            }).find("name another folder"),
            std::string::npos);
  compress(folder / "plain", folder / "coded", {.codebook = 5});
  write_feature_map(folder / "coded", "a", mixed_map(20), MapFormat::npy);
  EXPECT_NE(tests::refusal_of([&] { open_map_source(folder / "coded"); }).find("keep one kind"), std::string::npos);
}

TEST(CodedMaps, NothingIsWrittenWhenInterrupted) {
  const tests::TemporaryFolder folder;
  write_mixed_maps(folder / "plain");
  ThreadPool pool(1);
  int asked = 0;
  const auto result = compress_maps(folder / "plain", folder / "coded", {.codebook = 5}, RandomTree(1), pool,
                                    [&] { return ++asked > 5; });
  EXPECT_TRUE(result.views.empty());
  EXPECT_FALSE(has_coded_maps(folder / "coded"));
}

// Opens coded maps and reads all of them.
void read_all(const std::string& bytes) {
  const CodedMaps maps(io::parse_safetensors(io::share_bytes(bytes), "f"), "f");
  for (const auto& stem : maps.stems()) maps.read(stem);
}

TEST(CodedMaps, DamageAnywhereIsRefusedOrHarmless) {
  const tests::TemporaryFolder folder;
  write_mixed_maps(folder / "plain");
  for (const auto& choice :
       {metrics::CodingChoice{.codebook = 3, .half = true},
        metrics::CodingChoice{.sparse_terms = 2, .sparse_entries = 3}, metrics::CodingChoice{.pca = 2}}) {
    compress(folder / "plain", folder / "coded", choice);
    tests::damage_everywhere(io::read_whole_file(folder / "coded" / coded_maps_file, 1 << 20), read_all);
  }
}

TEST(CodedMaps, TensorsThatDoNotFitAreRefusedByName) {
  const tests::TemporaryFolder folder;
  const auto file = folder / "coded.safetensors";
  const auto refusal = [&](const io::NamedTensors& tensors, const io::StringMap& metadata = coded_maps_metadata) {
    io::save_safetensors(file, tensors, metadata);
    return tests::refusal_of([&] {
      const CodedMaps maps(file);
      for (const auto& stem : maps.stems()) maps.read(stem);
    });
  };
  const auto codebook = at::ones({3, 4}), indices = at::zeros({2, 2, 1}, at::kByte);
  const auto expect = [](const std::string& message, const char* part) {
    EXPECT_NE(message.find(part), std::string::npos) << message;
  };
  expect(refusal({{"codebook", codebook}}, {}), "is no file of coded maps");
  expect(refusal({{"indices/a", indices}}), "'codebook' is missing");
  expect(refusal({{"codebook", codebook}, {"indices/a", at::full({2, 2, 1}, 3, at::kByte)}}),
         "view 'a': row 0, column 0: index 3 is outside the codebook of 3");
  expect(refusal({{"codebook", codebook}, {"indices/a", at::full({2, 2, 1}, int64_t{1} << 32, at::kLong)}}),
         "index 4294967296 is outside");
  expect(refusal({{"codebook", codebook}, {"indices/a", at::zeros({2, 2, 2}, at::kByte)}}), "2 terms a pixel");
  expect(refusal({{"codebook", codebook}, {"indices/a", at::zeros({2, 0, 1}, at::kByte)}}), "none of them 0");
  expect(refusal({{"codebook", codebook}, {"indices/a", indices}, {"more", codebook}}), "tensor 'more' has no place");
  expect(refusal({{"codebook", codebook}, {"indices/a", indices}, {"coefficients/b", codebook}}),
         "'coefficients/b' has no place");
  expect(refusal({{"codebook", codebook},
                  {"indices/a", indices},
                  {"indices/b", indices},
                  {"coefficients/a", at::ones({2, 2, 1})}}),
         "view 'b' has no coefficients");
  expect(refusal({{"codebook", codebook},
                  {"indices/a", indices},
                  {"coefficients/a", at::full({2, 2, 1}, std::nan(""), at::kFloat)}}),
         "is not finite");
  expect(refusal({{"codebook", at::full({3, 4}, 1e5)}, {"indices/a", indices}}), "is not finite, or beyond float16");
  expect(refusal({{"basis", at::ones({4, 2})}, {"channels/a", at::ones({3, 2, 2})}}), "floating [2,h,w] is wanted");
  expect(refusal({{"basis", at::ones({2, 4})}, {"channels/a", at::ones({4, 2, 2})}}), "no more columns than rows");
  // 65,537 pixels that would be 2^32 + 2^16 values.
  expect(refusal({{"codebook", at::ones({1, 1 << 16})}, {"indices/a", at::zeros({65537, 1, 1}, at::kByte)}}),
         "maps have at most");
}

}  // namespace
}  // namespace retort::field
