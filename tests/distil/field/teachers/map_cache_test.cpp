#include "distil/field/teachers/map_cache.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <mutex>
#include <thread>

#include "core/errors.h"
#include "support/user_error.h"

namespace retort::field {
namespace {

constexpr int64_t map_bytes = 8;

at::Tensor map_of(int64_t key) { return at::full({4}, key, at::kHalf); }

/// Waits for the cache's thread without a fixed sleep.
void wait_for_loads(const MapCache& cache, int64_t loads) {
  for (int tries = 0; cache.loads() < loads && tries < 2000; ++tries)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  ASSERT_EQ(cache.loads(), loads);
}

TEST(MapCache, LoadsOnceAndKeepsWithinTheBudget) {
  MapCache cache(map_of, 2 * map_bytes);
  EXPECT_EQ(cache.get(3)[0].item<float>(), 3);
  EXPECT_EQ(cache.get(3)[0].item<float>(), 3);
  EXPECT_EQ(cache.loads(), 1);
  cache.get(4);
  EXPECT_EQ(cache.bytes(), 2 * map_bytes);
  cache.get(3);  // 4 is now the one least recently used
  cache.get(5);
  EXPECT_EQ(cache.bytes(), 2 * map_bytes);
  cache.get(3);
  EXPECT_EQ(cache.loads(), 3);
  cache.get(4);
  EXPECT_EQ(cache.loads(), 4);
}

TEST(MapCache, TheNewestStaysEvenWithoutABudget) {
  MapCache cache(map_of, 0);
  cache.get(1);
  EXPECT_EQ(cache.bytes(), map_bytes);
  cache.prefetch(2);
  wait_for_loads(cache, 2);
  EXPECT_EQ(cache.bytes(), map_bytes);
  EXPECT_EQ(cache.get(2)[0].item<float>(), 2);
  EXPECT_EQ(cache.loads(), 2);
}

TEST(MapCache, PrefetchedMapsArriveInOrderUnlessOneIsUrgent) {
  std::mutex gate;
  std::vector<int64_t> order;
  std::atomic<bool> first_is_loading{false};
  gate.lock();
  MapCache cache(
      [&](int64_t key) {
        first_is_loading = true;
        const std::lock_guard waits(gate);
        order.push_back(key);
        return map_of(key);
      },
      100 * map_bytes);
  for (const int64_t key : {0, 1, 2, 3}) cache.prefetch(key);
  while (!first_is_loading) std::this_thread::yield();
  std::thread urgent([&] { cache.get(3); });
  // The worker holds 0 at the gate meanwhile; give the urgent request time to reach the queue.
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  gate.unlock();
  urgent.join();
  wait_for_loads(cache, 4);
  EXPECT_EQ(order, (std::vector<int64_t>{0, 3, 1, 2}));
}

TEST(MapCache, FailuresComeOutAtTheCallerAndAreNotKept) {
  std::atomic<bool> broken{true};
  MapCache cache(
      [&](int64_t key) {
        if (broken) user_error("map {} is damaged", key);
        return map_of(key);
      },
      map_bytes);
  cache.prefetch(7);
  wait_for_loads(cache, 1);
  EXPECT_EQ(tests::user_error_of([&] { cache.get(7); }), "map 7 is damaged");
  broken = false;
  EXPECT_EQ(cache.get(7)[0].item<float>(), 7);
}

TEST(MapCache, ManyThreadsGetTheirOwnMaps) {
  MapCache cache(map_of, 3 * map_bytes);
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int64_t thread = 0; thread < 4; ++thread)
    threads.emplace_back([&, thread] {
      for (int64_t i = 0; i < 200; ++i) {
        const int64_t key = (i * 7 + thread * 3) % 10;
        cache.prefetch((key + 1) % 10);
        if (cache.get(key)[0].item<float>() != static_cast<float>(key)) ++wrong;
      }
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_LE(cache.bytes(), 3 * map_bytes);
}

TEST(MapCache, EndsWithRequestsInTheQueue) {
  MapCache cache(map_of, map_bytes);
  for (int64_t key = 0; key < 100; ++key) cache.prefetch(key);
}

}  // namespace
}  // namespace retort::field
