#include "core/heap.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cstdlib>
#include <memory>

namespace retort {
namespace {

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
constexpr size_t array_bytes = 16 << 20, page_bytes = 4096;

int64_t faults_so_far() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_minflt;
}

/// Page faults of an array that is allocated, written and freed.
int64_t faults_of_an_array() {
  const auto before = faults_so_far();
  const auto array = std::make_unique_for_overwrite<volatile char[]>(array_bytes);
  for (size_t i = 0; i < array_bytes; i += page_bytes) array[i] = 1;
  return faults_so_far() - before;
}

TEST(Heap, gives_freed_memory_out_again_without_the_system) {
  keep_freed_memory();
  faults_of_an_array();
  EXPECT_LT(faults_of_an_array(), int64_t(array_bytes / page_bytes / 10));
}
#endif

}  // namespace
}  // namespace retort
