#include "cli/run_recipe.h"

#include <gtest/gtest.h>

#include "core/errors.h"
#include "support/hostile_input.h"

namespace retort::cli {
namespace {

TEST(RequireMemory, RefusesWhatCannotFitAndSaysWhatToLower) {
  EXPECT_NO_THROW(require_memory(5, {.available_bytes = 5}));
  EXPECT_NO_THROW(require_memory(int64_t{1} << 50, {}));  // unknown
  auto message = tests::refusal_of([] { require_memory(int64_t{1} << 40, {.available_bytes = int64_t{1} << 30}); });
  for (const char* part : {"train.max_splats", "scene.max_points", "--any-memory"}) {
    EXPECT_NE(message.find(part), std::string::npos) << message;
  }
  EXPECT_EQ(message.find("control group"), std::string::npos) << message;
  message = tests::refusal_of([] { require_memory(2, {.available_bytes = 1, .limited_by = "/groups/job"}); });
  EXPECT_NE(message.find("/groups/job"), std::string::npos) << message;
}

}  // namespace
}  // namespace retort::cli
