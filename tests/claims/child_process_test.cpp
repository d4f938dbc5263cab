#include "claims/child_process.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include "core/errors.h"
#include "io/atomic_file.h"

namespace retort::claims {
namespace {

std::filesystem::path child_log() {
  return std::filesystem::temp_directory_path() / fmt::format("retort-child-{}.log", getpid());
}

ChildOutcome shell(const std::string& script, const StopFlag& stop = {}) {
  return run_child({"/bin/sh", "-c", script}, child_log(), stop, [](double) {});
}

TEST(ChildProcess, GivesItsExitCodeAndItsWords) {
  EXPECT_EQ(shell("echo out; echo err >&2; exit 3").exit_code, 3);
  EXPECT_EQ(io::read_whole_file(child_log(), 100), "out\nerr\n");
  EXPECT_EQ(shell("kill -9 $$").exit_code, 128 + 9);
  std::filesystem::remove(child_log());
}

TEST(ChildProcess, AStopRequestIsHandedOn) {
  StopFlag stop;
  stop.request(SIGTERM);
  const auto outcome = shell("sleep 30", stop);
  EXPECT_EQ(outcome.exit_code, 128 + SIGTERM);
  EXPECT_LT(outcome.seconds, 20);
  std::filesystem::remove(child_log());
}

TEST(ChildProcess, WhatCannotBeRunIsRefused) {
  EXPECT_THROW(run_child({"/nonexistent/program"}, child_log(), StopFlag(), [](double) {}), UserError);
  EXPECT_THROW(run_child({"/bin/true"}, "/nonexistent/log", StopFlag(), [](double) {}), UserError);
  std::filesystem::remove(child_log());
}

}  // namespace
}  // namespace retort::claims
