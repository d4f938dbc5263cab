#include "core/log.h"

#include <gtest/gtest.h>
#include <spdlog/logger.h>

#include <string>

namespace retort {

TEST(Log, WritesPlainLinesByLevel) {
  std::FILE* stream = std::tmpfile();
  ASSERT_NE(stream, nullptr);
  auto logger = make_logger(LogLevel::normal, stream);
  logger->debug("hidden");
  logger->info("{} steps", 7);
  logger->warn("little memory");
  logger->error("no disk");
  std::rewind(stream);
  std::string text(200, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), stream));
  EXPECT_EQ(text, "7 steps\nwarning: little memory\nerror: no disk\n");
  EXPECT_FALSE(make_logger(LogLevel::quiet, stream)->should_log(spdlog::level::info));
  EXPECT_TRUE(make_logger(LogLevel::verbose, stream)->should_log(spdlog::level::debug));
  std::fclose(stream);
}

}  // namespace retort
