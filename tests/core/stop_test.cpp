#include "core/stop.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "core/errors.h"

namespace retort {

TEST(Stop, SignalSetsTheFlagAndHandlersComeBack) {
  const auto before = std::signal(SIGTERM, SIG_IGN);
  StopFlag flag;
  {
    SignalScope scope(flag);
    EXPECT_THROW(SignalScope second(flag), Fault);
    EXPECT_FALSE(flag.requested());
    std::raise(SIGTERM);
    EXPECT_TRUE(flag.requested());
    EXPECT_EQ(flag.signal(), SIGTERM);
  }
  EXPECT_EQ(std::signal(SIGTERM, before), SIG_IGN);
}

TEST(Stop, SecondSignalLeavesAtOnce) {
  const pid_t child = fork();
  if (child == 0) {
    StopFlag flag;
    SignalScope scope(flag);
    std::raise(SIGINT);
    std::raise(SIGINT);
    _exit(0);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 130);
}

}  // namespace retort
