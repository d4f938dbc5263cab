#include "distil/field/benchmarks/field_bench.h"

#include <gtest/gtest.h>
#include <spdlog/logger.h>

#include <algorithm>
#include <csignal>
#include <nlohmann/json.hpp>

#include "core/errors.h"
#include "distil/field/benchmarks/training_arm.h"
#include "distil/field/gaussians/field_renderer.h"
#include "distil/field/scene/synthetic.h"

namespace retort::field {
namespace {

struct BenchFixture : ::testing::Test {
  BenchFixture() {
    auto made = make_synthetic_scene(
        {.views = 6, .width = 40, .height = 32, .points = 300, .feature_dim = 12, .supersampling = 1, .noise = {}},
        pool);
    bench.name = "tiny";
    bench.scene = std::move(made.scene);
    bench.images = make_memory_images(std::move(made.images));
  }

  ThreadPool pool{2};
  spdlog::logger log{"test"};
  StopFlag stop;
  Context context{.pool = pool, .random = RandomTree(0), .log = log, .stop = stop};
  BenchScene bench;
  const FieldBenchOptions least{.rounds = 2, .steps = 1, .channels = {3, 17}};
};

TEST_F(BenchFixture, EveryCaseHasARow) {
  const auto result = run_field_bench(bench, least, context);
  ASSERT_TRUE(result);
  ASSERT_EQ(result->steps.size(), 5u);
  EXPECT_EQ(result->steps[0].channels, 0);
  EXPECT_EQ(result->steps[4].channels, 17);
  EXPECT_EQ(result->steps[4].shrink, bench_shrink);
  ASSERT_EQ(result->renders.size(), 2u);
  // Two widths, each: all threads, one thread, and every lesser instruction set of this machine.
  const size_t lesser = chosen_isa() == best_isa() ? static_cast<size_t>(best_isa()) - 1 : 0;
  if (chosen_isa() == best_isa()) {
    EXPECT_EQ(result->comparison.size(), 2 * (2 + lesser));
  }
  EXPECT_EQ(result->comparison[0].slower.median, 1);
  EXPECT_EQ(result->comparison[1].threads, 1);
  for (const auto& row : result->steps) {
    EXPECT_GT(row.rate.least, 0);
    EXPECT_LE(row.rate.least, row.rate.median);
    EXPECT_LE(row.rate.median, row.rate.most);
    EXPECT_GT(result->memory_ms(row.work), 0);
    EXPECT_EQ(result->products_ms(row.work) > 0, row.channels > 0);
  }
  const auto json = to_json(*result);
  EXPECT_EQ(json["steps"].size(), result->steps.size());
  EXPECT_EQ(json["comparison"].size(), result->comparison.size());
  EXPECT_NE(to_text(*result).find("RGB + 17, loss at 1/4"), std::string::npos);
}

TEST_F(BenchFixture, StopsWhenAsked) {
  stop.request(SIGINT);
  EXPECT_FALSE(run_field_bench(bench, least, context));
}

TEST_F(BenchFixture, RefusesChannelsAndMixedSizes) {
  EXPECT_THROW(run_field_bench(bench, {.channels = {}}, context), UserError);
  EXPECT_THROW(run_field_bench(bench, {.channels = {2049}}, context), UserError);
  bench.scene.views[bench.scene.train.back()].camera.width += 1;
  EXPECT_THROW(run_field_bench(bench, least, context), UserError);
}

TEST_F(BenchFixture, PairsAgainstThePixelsWeights) {
  const auto splats = initial_splats(bench.scene.points, 0, true, pool);
  bench.scene.train = {bench.scene.train.front()};
  const auto& camera = bench.scene.views[bench.scene.train.front()].camera;
  splat::Renderer renderer(pool);
  renderer.project(splat_arrays(splats), camera, {});
  const auto lists = renderer.weight_lists();
  // At a shrink of 1 every pixel is its own cell.
  const auto same = count_blended_pairs(bench.scene, splats, 1, pool);
  EXPECT_EQ(same.pixels, static_cast<double>(lists.splats.size()));
  EXPECT_EQ(same.cells, same.pixels);
  // One cell over the whole picture: the splats that are seen at all.
  auto seen = lists.splats;
  std::sort(seen.begin(), seen.end());
  seen.erase(std::unique(seen.begin(), seen.end()), seen.end());
  EXPECT_EQ(count_blended_pairs(bench.scene, splats, camera.height, pool).cells, static_cast<double>(seen.size()));
}

TEST_F(BenchFixture, AStepTrainsAtEitherSize) {
  TrainingArm arm(bench, 5, Isa::automatic, pool);
  const auto before = arm.parameters().features.clone();
  arm.step(1);
  const auto between = arm.parameters().features.clone();
  arm.step(bench_shrink);
  EXPECT_FALSE(before.equal(between));
  EXPECT_FALSE(between.equal(arm.parameters().features));
  const int64_t values = 300 * (3 + 4 + 3 + 1 + 48 + 5);
  EXPECT_EQ(arm.swept_bytes(1), 28.0 * values + 2.0 * 40 * 32 * 5);
}

TEST(Interleaved, RunsEveryCaseEveryRoundAfterAWarmUp) {
  std::vector<int> calls(3, 0);
  const auto times =
      measure_interleaved({[&] { ++calls[0]; }, [&] { ++calls[1]; }, [&] { ++calls[2]; }}, 4, 2, [] { return false; });
  EXPECT_EQ(calls, (std::vector<int>{10, 10, 10}));
  ASSERT_EQ(times.size(), 3u);
  for (const auto& each : times) EXPECT_EQ(each.seconds.size(), 4u);
}

TEST(Interleaved, SpreadsAndRatios) {
  const auto spread = spread_of({3, 1, 2});
  EXPECT_EQ(spread.least, 1);
  EXPECT_EQ(spread.median, 2);
  EXPECT_EQ(spread.most, 3);
  EXPECT_THROW(spread_of({}), Fault);
  // Round by round: 2, 3 and 1.5, though the medians' ratio is 2.
  const auto ratio = times_as_long({{2, 6, 3}, {}}, {{1, 2, 2}, {}});
  EXPECT_EQ(ratio.least, 1.5);
  EXPECT_EQ(ratio.median, 2);
  EXPECT_EQ(ratio.most, 3);
}

}  // namespace
}  // namespace retort::field
