#include "core/thread_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <thread>
#include <vector>

#include "core/errors.h"

namespace retort {

class ThreadPoolOf : public testing::TestWithParam<int> {};

TEST_P(ThreadPoolOf, RunsEveryIndexOnce) {
  ThreadPool pool(GetParam());
  EXPECT_EQ(pool.threads(), GetParam());
  for (int round = 0; round < 200; ++round) {
    std::vector<std::atomic<int>> seen(round);
    pool.run(round, [&](int64_t index) { ++seen[index]; });
    for (const auto& times : seen) ASSERT_EQ(times, 1);
  }
  pool.run(-1, [](int64_t) { FAIL(); });
}

TEST_P(ThreadPoolOf, CutsRangesWithoutGaps) {
  ThreadPool pool(GetParam());
  for (const int64_t count : {0, 1, 7, 100, 1001}) {
    for (const int64_t grain : {0, 1, 16, 5000}) {
      std::vector<std::atomic<int>> seen(count);
      pool.parallel_for(count, grain, [&](int64_t begin, int64_t end) {
        EXPECT_TRUE(end - begin >= std::min(grain, count));
        for (int64_t index = begin; index < end; ++index) ++seen[index];
      });
      for (const auto& times : seen) ASSERT_EQ(times, 1);
    }
  }
}

TEST_P(ThreadPoolOf, RethrowsAndStaysUsable) {
  ThreadPool pool(GetParam());
  for (int round = 0; round < 20; ++round) {
    EXPECT_THROW(pool.run(50,
                          [](int64_t index) {
                            if (index % 10 == 3) throw std::runtime_error("three");
                          }),
                 std::runtime_error);
    std::atomic<int> done{0};
    pool.run(50, [&](int64_t) { ++done; });
    EXPECT_EQ(done, 50);
  }
}

TEST_P(ThreadPoolOf, NestedCallsRunInTheirTask) {
  ThreadPool pool(GetParam());
  std::atomic<int> done{0};
  pool.run(8, [&](int64_t) {
    const auto self = std::this_thread::get_id();
    pool.run(8, [&](int64_t) {
      EXPECT_EQ(std::this_thread::get_id(), self);
      ++done;
    });
  });
  EXPECT_EQ(done, 64);
}

TEST_P(ThreadPoolOf, ServesTwoCallersAtOnce) {
  ThreadPool pool(GetParam());
  std::atomic<int> done{0};
  const auto caller = [&] {
    for (int round = 0; round < 100; ++round) pool.run(10, [&](int64_t) { ++done; });
  };
  std::thread other(caller);
  caller();
  other.join();
  EXPECT_EQ(done, 2000);
}

INSTANTIATE_TEST_SUITE_P(Threads, ThreadPoolOf, testing::Values(1, 2, 3));

TEST(ThreadPool, RefusesSillyCounts) {
  EXPECT_THROW(ThreadPool(0), UserError);
  EXPECT_THROW(ThreadPool(4 * available_cores() + 1), UserError);
  EXPECT_GE(available_cores(), 1);
}

}  // namespace retort
