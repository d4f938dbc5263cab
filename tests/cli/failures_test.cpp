#include "cli/failures.h"

#include <c10/util/Exception.h>
#include <gtest/gtest.h>

#include <csignal>
#include <new>

#include "core/errors.h"

namespace retort::cli {
namespace {

struct Ending {
  int exit_code;
  std::string words;
};

Ending ending_of(const std::function<int()>& work) {
  testing::internal::CaptureStderr();
  const int exit_code = run_guarded(work);
  return {exit_code, testing::internal::GetCapturedStderr()};
}

TEST(Failures, success_passes_through_in_silence) {
  const auto ending = ending_of([] { return 0; });
  EXPECT_EQ(ending.exit_code, 0);
  EXPECT_EQ(ending.words, "");
}

TEST(Failures, what_the_user_gave_is_2_and_each_line_says_who_speaks) {
  const auto ending = ending_of([]() -> int { throw UserError("r.yaml:3: one\nr.yaml:4: two"); });
  EXPECT_EQ(ending.exit_code, 2);
  EXPECT_EQ(ending.words, "retort: r.yaml:3: one\nretort: r.yaml:4: two\n");
}

TEST(Failures, faults_are_1) {
  EXPECT_EQ(ending_of([]() -> int { throw Fault("disk full"); }).exit_code, 1);
  EXPECT_EQ(ending_of([]() -> int { throw std::runtime_error("odd"); }).words, "retort: odd\n");
}

TEST(Failures, torch_speaks_one_line) {
  const auto ending = ending_of([]() -> int {
    TORCH_CHECK(false, "sizes differ\nand a long story");
    return 0;
  });
  EXPECT_EQ(ending.exit_code, 1);
  EXPECT_EQ(ending.words, "retort: LibTorch: sizes differ\n");
}

TEST(Failures, out_of_memory_says_what_to_reduce) {
  for (const auto& work :
       {std::function<int()>([]() -> int { throw std::bad_alloc(); }), std::function<int()>([]() -> int {
          TORCH_CHECK(false, "DefaultCPUAllocator: can't allocate memory: you tried 9 bytes");
          return 0;
        })}) {
    const auto ending = ending_of(work);
    EXPECT_EQ(ending.exit_code, 1);
    EXPECT_NE(ending.words.find("out of memory; reduce"), std::string::npos) << ending.words;
    EXPECT_NE(ending.words.find("train.max_splats"), std::string::npos) << ending.words;
  }
}

TEST(Failures, a_stopped_run_says_by_which_signal) {
  StopFlag stop;
  stop.request(SIGINT);
  EXPECT_EQ(stopped_exit(stop), 130);
  stop.request(SIGTERM);
  EXPECT_EQ(stopped_exit(stop), 143);
}

}  // namespace
}  // namespace retort::cli
